"""Line: those who wait for a primitive, first come, first served."""

from cpython.object cimport PyObject

from trueloop.kernel.future cimport Future
from trueloop.primitives.operation cimport Operation

cdef class Line:
    cdef PyObject *first           # borrowed Waiters; the line owns their places
    cdef PyObject *last
    cdef Py_ssize_t count
    cdef object _container         # always None: makes the type one that the collector visits

    cdef int join(self, Waiter waiter, Future future) except -1
    cdef void leave(self, Waiter waiter) noexcept
    cdef Future take(self)
    cdef Future first_pending(self)
    cdef bint all_cancelled(self) noexcept
    cdef Future head(self)
    cdef int wake(self, object result) except -1
    cdef object snapshot(self)

cdef class Waiter(Operation):
    cdef Line line                 # None while it stands in none
    cdef PyObject *place           # the Future it waits for there, owned by the line; or NULL
    cdef PyObject *before          # borrowed: its neighbours
    cdef PyObject *after

    # Operation.wake, after the waiter has left its line.
    cdef object woken(self, Future future, object error)
