"""Timers: a handle with a time, and the heap that orders them."""

cimport cython
from cpython.object cimport PyObject
from libc.stdint cimport uint64_t

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
    cdef TimerHandle pop(self)
    cdef int remove(self, TimerHandle timer) except -1
    cdef int _grow(self) except -1
    cdef void _rise(self, Py_ssize_t place) noexcept
    cdef void _sink(self, Py_ssize_t place) noexcept
    cdef Due _take(self, Py_ssize_t place) noexcept
    cdef void clear(self) noexcept

    cdef inline double next_time(self) noexcept:
        """When the first timer is due; count must not be 0."""
        return self._heap[0].when


cdef class TimerHandle(Handle):
    cdef double _due
    cdef object _when_given        # the very object that call_at was given (an int stays an int)
    cdef TimerHeap _timers         # the heap it is in; None if in none
    cdef Py_ssize_t _place         # its index there
