"""Timers: a handle with a time, and the heap that orders them."""

cimport cython
from cpython.object cimport PyObject
from libc.stdint cimport uint64_t

from libc.math cimport INFINITY

from trueloop.kernel.freethreading cimport tl_lock, tl_unlock
from trueloop.kernel.handle cimport Handle


ctypedef struct Due:
    double when
    uint64_t order     # of two timers with the same time, the one made first goes first
    PyObject *timer    # owns one reference


@cython.final
cdef class TimerHeap:
    cdef Due *_heap
    cdef Py_ssize_t count
    cdef Py_ssize_t _capacity
    cdef uint64_t _made
    cdef object _container         # always None: makes the type one that the collector visits

    cdef int push(self, TimerHandle timer) except -1
    cdef TimerHandle pop_due(self, double now)
    cdef int remove(self, TimerHandle timer) except -1
    cdef bint _grow(self) noexcept
    cdef void _rise(self, Py_ssize_t place) noexcept
    cdef void _sink(self, Py_ssize_t place) noexcept
    cdef Due _take(self, Py_ssize_t place) noexcept
    cdef void clear(self) noexcept

    cdef inline double next_time(self) noexcept:
        """When the first timer is due; infinity if there is none."""
        cdef double when
        tl_lock(<PyObject *>self)
        when = self._heap[0].when if self.count else INFINITY
        tl_unlock(<PyObject *>self)
        return when


cdef class TimerHandle(Handle):
    cdef double _due
    cdef object _when_given        # the very object that call_at was given (an int stays an int)
    cdef TimerHeap _timers         # the heap it is in; None if in none
    cdef Py_ssize_t _place         # its index there
