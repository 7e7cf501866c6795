"""What differs between versions of asyncio's Python code, as far as the kernel does it itself.

Law: the kernel's only place for versions of asyncio; cpython.h is the one for those of the
interpreter. Whatever can be asked is asked (a signature, an attribute, a small experiment), since
patch releases change such things too; only what cannot is told from the version number.
docs/internals/cpython-versions.md says what to check when a new CPython comes.
"""

import asyncio
import inspect
import sys
from asyncio import base_events, events, format_helpers


cdef bint stop_iteration_is_replaced() except -1:
    """Whether asyncio's own Future takes a StopIteration."""
    class Probe:
        def get_debug(self):
            return False

    future = asyncio.Future(loop=Probe())
    try:
        future.set_exception(StopIteration())
    except TypeError:
        return False
    future.exception()
    return True


# gh-112182: set_exception(StopIteration()) sets a RuntimeError in its place, and no longer raises
# TypeError.
REPLACE_STOP_ITERATION = stop_iteration_is_replaced()

# Up to 3.14 a second __init__ makes asyncio's future pending again; ours keeps its state.
REFUSE_SECOND_INIT = sys.version_info >= (3, 15)

# The three-argument throw() is deprecated.
THROW_WARNS = sys.version_info >= (3, 12)

# gh-117407: uncancel() down to zero takes back a cancellation that was not delivered yet.
UNCANCEL_TAKES_BACK = sys.version_info >= (3, 13)

# gh-122332: a task that ends in its eager first step lets go of its coroutine.
EAGER_END_FORGETS_COROUTINE = sys.version_info >= (3, 13)

# gh-127124: cancelling what call_soon_threadsafe() returned waits for the callback.
CANCEL_WAITS = hasattr(events, "_ThreadSafeHandle")

# asyncio hides arguments in its messages outside debug mode since 3.12.8 and 3.13.1.
FORMAT_TAKES_DEBUG = "debug" in inspect.signature(format_helpers._format_callback_source).parameters

# gh-113538: a Server wants to know which transport comes and goes (3.13).
SERVER_TAKES_TRANSPORT = len(inspect.signature(base_events.Server._attach).parameters) > 1

# 3.12 and later; the loop does what it does, with our Task in place of the C one.
eager_task_factory = getattr(asyncio, "eager_task_factory", None)


cdef object default_loop():
    """The loop of a future that was made without one."""
    if sys.version_info < (3, 12):
        return events._get_event_loop()
    return events.get_event_loop()
