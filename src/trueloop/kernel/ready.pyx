"""The ready queue: a ring of what may run now.

Law: owns what is queued and knows nothing of when or how it runs. A Future needs this queue, not
the loop: that is what keeps the kernel's modules free of cycles.

Ready tasks and done-callbacks are queued as they are; a Handle exists only for what came through
call_soon.

Ownership: every entry owns its references until it is popped; the popper then does.
"""

cimport cython
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.ref cimport Py_XDECREF

cdef extern from "cpython.h":
    ctypedef int (*visitproc)(PyObject *, void *) noexcept
    ctypedef int (*traverseproc)(PyObject *, visitproc, void *) noexcept
    ctypedef int (*inquiry)(PyObject *) noexcept
    ctypedef struct PyTypeObject:
        traverseproc tp_traverse
        inquiry tp_clear
    void tl_set_gc(PyTypeObject *, traverseproc, inquiry) noexcept

cdef size_t FIRST_CAPACITY = 256


cdef class Job:
    cdef int run(self) except -1:
        raise NotImplementedError("a Job must say what it does")


@cython.final
cdef class Ready:
    """The ready queue of one loop."""

    def __cinit__(self, Hooks hooks):
        self.hooks = hooks
        self._ring = <Entry *>PyMem_Malloc(FIRST_CAPACITY * sizeof(Entry))
        if self._ring == NULL:
            raise MemoryError("no memory for a ready queue")
        self._mask = FIRST_CAPACITY - 1

    def __dealloc__(self):
        if self._ring != NULL:
            self.clear()
            PyMem_Free(self._ring)

    def __len__(self):
        return self.count()

    def snapshot(self):
        """What is queued, oldest first: tasks, handles and callables."""
        return [<object>self._ring[i & self._mask].a for i in range(self._head, self._tail)]

    cdef int grow(self) except -1:
        cdef size_t capacity = (self._mask + 1) * 2
        cdef size_t count = self._tail - self._head
        cdef Entry *ring = <Entry *>PyMem_Malloc(capacity * sizeof(Entry))
        if ring == NULL:
            raise MemoryError(f"no memory for a ready queue of {capacity} entries")
        for i in range(count):
            ring[i] = self._ring[(self._head + i) & self._mask]
        PyMem_Free(self._ring)
        self._ring = ring
        self._head = 0
        self._tail = count
        self._mask = capacity - 1
        return 0

    cdef void clear(self) noexcept:
        """Drop everything that is queued."""
        cdef Entry entry
        while self._tail != self._head:
            entry = self.pop()
            Py_XDECREF(entry.a)
            Py_XDECREF(entry.b)
            Py_XDECREF(entry.c)


# Cython's own traverse does not know of the ring.
cdef traverseproc _traverse_slots = (<PyTypeObject *>Ready).tp_traverse

cdef int _traverse(PyObject *op, visitproc visit, void *arg) noexcept:
    cdef Ready self = <Ready>op
    cdef Entry *entry
    cdef int result = 0
    cdef size_t i = self._head
    while i != self._tail and result == 0:
        entry = &self._ring[i & self._mask]
        i += 1
        result = visit(entry.a, arg)
        if result == 0 and entry.b != NULL:
            result = visit(entry.b, arg)
        if result == 0 and entry.c != NULL:
            result = visit(entry.c, arg)
    return result if result else _traverse_slots(op, visit, arg)

cdef int _clear(PyObject *op) noexcept:
    # Not the hooks: futures look at them through us, and some code may still run. Hooks has a
    # clear of its own, which is enough to break every cycle.
    (<Ready>op).clear()
    (<Ready>op)._shared = None
    (<Ready>op).detour = None
    return 0

tl_set_gc(<PyTypeObject *>Ready, _traverse, _clear)
