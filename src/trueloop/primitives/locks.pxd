"""Lock, Event, Semaphore and BoundedSemaphore."""

from trueloop.primitives.line cimport Line, Waiter
from trueloop.primitives.loopbound cimport LoopBound

cdef class Lock(LoopBound):
    cdef Line line
    cdef bint held

    cdef int free(self) except -1

cdef class LockAcquire(Waiter):
    cdef Lock lock
    cdef readonly bint entering    # of `async with`, whose __aenter__ gives None

cdef class Event(LoopBound):
    cdef Line line
    cdef bint value

cdef class Semaphore(LoopBound):
    cdef Line line
    cdef object count              # an int, as large as it may be

    cdef bint must_wait(self) except -1
    cdef bint let_one_in(self) except -1
