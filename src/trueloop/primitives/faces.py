"""The classes that a program sees: Python's, on top of the native ones.

Law: adds nothing but what a native class cannot have: methods may be replaced, and messages call
the class by its name. The native methods notice a method that was overridden or replaced.
"""

from trueloop.primitives import locks


class Lock(locks.Lock):
    """asyncio.Lock, native."""

    def __init__(self) -> None:
        pass


class Event(locks.Event):
    """asyncio.Event, native."""

    def __init__(self) -> None:
        pass


class Semaphore(locks.Semaphore):
    """asyncio.Semaphore, native."""

    def __init__(self, value: int = 1) -> None:
        super().__init__(value)


class BoundedSemaphore(locks.BoundedSemaphore, Semaphore):
    """asyncio.BoundedSemaphore, native."""

    def __init__(self, value: int = 1) -> None:
        super().__init__(value)


for _face in (BoundedSemaphore, Event, Lock, Semaphore):
    _face.__module__ = "trueloop"
