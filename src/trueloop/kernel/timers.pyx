"""Timers: TimerHandle and the heap of them.

Law: orders timers by time and age; knows neither the clock nor the loop.

A heap in an array, each timer knowing its own index, so that a cancelled timer leaves at once: a
service that arms and cancels a timeout per request keeps no dead timers and frees their callbacks
immediately (asyncio keeps them until they are due or outnumber the living). Each node has four
children: half the depth of a binary heap, and each level is a timer whose index has to be written,
most likely a cache miss.

Ownership: each heap entry owns its timer; a timer's `_timers` owns the heap while it is in it.
Without a GIL the heap, and with it `_timers` and `_place` of its timers, changes under its lock.
"""

cimport cython
from cpython.mem cimport PyMem_Free, PyMem_Realloc
from cpython.ref cimport Py_DECREF, Py_INCREF

import asyncio

from trueloop.kernel.freethreading cimport tl_lock, tl_unlock
from trueloop.kernel.slots cimport PyTypeObject, inquiry, tl_set_gc, traverseproc, visitproc

cdef extern from *:
    """
    #include "pool.h"
    TL_UNCOUNTED_POOL(timer_pool, 16384)
    """
    ctypedef struct PooledType "PyTypeObject":
        pass
    void timer_pool_install(PooledType *) noexcept

cdef object _TimerHandle = asyncio.TimerHandle


cdef class TimerHandle(Handle):
    """What call_later and call_at return. isinstance(timer, asyncio.TimerHandle) holds."""

    def __init__(self, when, callback, args, loop, context=None):
        Handle.__init__(self, callback, args, loop, context)
        self._due = when
        self._when_given = when

    @property
    def __class__(self):
        return _TimerHandle if type(self) is TimerHandle else type(self)

    @property
    def _when(self):
        return self.when()

    @property
    def _scheduled(self):
        return self._timers is not None

    def _repr_info(self):
        info = Handle._repr_info(self)
        info.insert(2 if self._cancelled else 1, f"when={self.when()}")
        return info

    def when(self):
        """The loop time, in seconds, at which the callback is due."""
        return self._due if self._when_given is None else self._when_given

    def cancel(self):
        """Do not run the callback, and forget it now."""
        cdef TimerHeap timers = self._timers
        if timers is not None:
            timers.remove(self)
        Handle.cancel(self)

    def __hash__(self):
        return hash(self._due)

    def __eq__(self, other):
        cdef TimerHandle that
        if not isinstance(other, TimerHandle):
            return NotImplemented
        that = other
        return (
            self._due == that._due
            and self._callback == that._callback
            and self._args == that._args
            and self._cancelled == that._cancelled
        )

    def __lt__(self, other):
        if not isinstance(other, TimerHandle):
            return NotImplemented
        return self._due < (<TimerHandle>other)._due

    def __gt__(self, other):
        if not isinstance(other, TimerHandle):
            return NotImplemented
        return self._due > (<TimerHandle>other)._due

    def __le__(self, other):
        if not isinstance(other, TimerHandle):
            return NotImplemented
        return self._due < (<TimerHandle>other)._due or self == other

    def __ge__(self, other):
        if not isinstance(other, TimerHandle):
            return NotImplemented
        return self._due > (<TimerHandle>other)._due or self == other


cdef inline bint is_before(Due *a, Due *b) noexcept:
    return a.when < b.when or (a.when == b.when and a.order < b.order)


@cython.final
cdef class TimerHeap:
    """The armed timers of one loop."""

    def __dealloc__(self):
        self.clear()
        PyMem_Free(self._heap)

    def __len__(self):
        return self.count

    def snapshot(self):
        """The armed timers, the next one first, the others in no particular order."""
        cdef list found = []
        cdef Py_ssize_t i = 0
        tl_lock(<PyObject *>self)
        while i < self.count:
            found.append(<object>self._heap[i].timer)
            i += 1
        tl_unlock(<PyObject *>self)
        return found

    cdef int push(self, TimerHandle timer) except -1:
        """Arm a timer that is in no heap."""
        cdef Due *due
        tl_lock(<PyObject *>self)
        if self.count == self._capacity and not self._grow():
            tl_unlock(<PyObject *>self)
            raise MemoryError(f"no memory for more than {self._capacity} timers")
        due = &self._heap[self.count]
        due.when = timer._due
        due.order = self._made
        due.timer = <PyObject *>timer
        Py_INCREF(timer)
        self._made += 1
        timer._timers = self
        timer._place = self.count
        self.count += 1
        self._rise(self.count - 1)
        tl_unlock(<PyObject *>self)
        return 0

    cdef TimerHandle pop_due(self, double now):
        """Take out the first timer if it is due at `now`, else None."""
        cdef Due due
        cdef TimerHandle timer
        tl_lock(<PyObject *>self)
        if self.count == 0 or self._heap[0].when > now:
            tl_unlock(<PyObject *>self)
            return None
        due = self._take(0)
        tl_unlock(<PyObject *>self)
        timer = <TimerHandle>due.timer
        Py_DECREF(timer)
        return timer

    cdef int remove(self, TimerHandle timer) except -1:
        """Take out a timer, unless it has left this heap meanwhile."""
        cdef Due due
        tl_lock(<PyObject *>self)
        if timer._timers is not self:
            tl_unlock(<PyObject *>self)
            return 0
        due = self._take(timer._place)
        tl_unlock(<PyObject *>self)
        Py_DECREF(<object>due.timer)
        return 0

    cdef bint _grow(self) noexcept:
        cdef Py_ssize_t capacity = max(64, self._capacity * 2)
        cdef Due *heap = <Due *>PyMem_Realloc(self._heap, capacity * sizeof(Due))
        if heap == NULL:
            return False
        self._heap = heap
        self._capacity = capacity
        return True

    cdef Due _take(self, Py_ssize_t place) noexcept:
        """Close the gap at `place`; the entry's reference goes to the caller."""
        cdef Due taken = self._heap[place]
        (<TimerHandle>taken.timer)._timers = None
        self.count -= 1
        if place != self.count:
            self._heap[place] = self._heap[self.count]
            (<TimerHandle>self._heap[place].timer)._place = place
            if place > 0 and is_before(&self._heap[place], &self._heap[(place - 1) >> 2]):
                self._rise(place)
            else:
                self._sink(place)
        return taken

    cdef void _rise(self, Py_ssize_t place) noexcept:
        cdef Due due = self._heap[place]
        cdef Py_ssize_t parent
        while place > 0:
            parent = (place - 1) >> 2
            if not is_before(&due, &self._heap[parent]):
                break
            self._heap[place] = self._heap[parent]
            (<TimerHandle>self._heap[place].timer)._place = place
            place = parent
        self._heap[place] = due
        (<TimerHandle>due.timer)._place = place

    cdef void _sink(self, Py_ssize_t place) noexcept:
        cdef Due due = self._heap[place]
        cdef Py_ssize_t first
        cdef Py_ssize_t child
        cdef Py_ssize_t other
        while True:
            first = 4 * place + 1
            if first >= self.count:
                break
            child = first
            for other in range(first + 1, min(first + 4, self.count)):
                if is_before(&self._heap[other], &self._heap[child]):
                    child = other
            if not is_before(&self._heap[child], &due):
                break
            self._heap[place] = self._heap[child]
            (<TimerHandle>self._heap[place].timer)._place = place
            place = child
        self._heap[place] = due
        (<TimerHandle>due.timer)._place = place

    cdef void clear(self) noexcept:
        """Disarm every timer."""
        cdef Due due
        while True:
            tl_lock(<PyObject *>self)
            if self.count == 0:
                tl_unlock(<PyObject *>self)
                return
            due = self._take(self.count - 1)
            tl_unlock(<PyObject *>self)
            Py_DECREF(<object>due.timer)


# Cython's own traverse does not know of the array.
cdef traverseproc _traverse_slots = (<PyTypeObject *>TimerHeap).tp_traverse
cdef inquiry _clear_slots = (<PyTypeObject *>TimerHeap).tp_clear

cdef int _traverse(PyObject *op, visitproc visit, void *arg) noexcept:
    cdef Py_ssize_t i
    cdef int result
    for i in range((<TimerHeap>op).count):
        result = visit((<TimerHeap>op)._heap[i].timer, arg)
        if result:
            return result
    return _traverse_slots(op, visit, arg) if _traverse_slots != NULL else 0

cdef int _clear(PyObject *op) noexcept:
    (<TimerHeap>op).clear()
    return _clear_slots(op) if _clear_slots != NULL else 0

tl_set_gc(<PyTypeObject *>TimerHeap, _traverse, _clear)
timer_pool_install(<PooledType *>TimerHandle)
