"""What call_soon_threadsafe returns from 3.14 on; see threadsafehandle.pyx."""

from trueloop.kernel.handle import Handle

class ThreadSafeHandle(Handle): ...
