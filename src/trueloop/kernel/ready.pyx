"""The ready queue: a ring of what may run now.

Law: owns what is queued and knows nothing of when or how it runs. A Future needs this queue, not
the loop: that is what keeps the kernel's modules free of cycles.

The ring belongs to the loop's thread. What other threads push waits in the inbox of the loop's door
until the loop takes it, and wakes the loop: a future finished on the wrong thread harms nobody.

Ready tasks and done-callbacks are queued as they are; a Handle exists only for what came through
call_soon.

Ownership: every entry owns its references until it is popped; the popper then does.
"""

cimport cython
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.ref cimport Py_XDECREF
from libc.string cimport memcpy

from trueloop.kernel.door cimport (
    tl_door_count,
    tl_door_end,
    tl_door_give_back,
    tl_door_init,
    tl_door_post,
    tl_door_take,
)
from trueloop.kernel.slots cimport PyTypeObject, tl_set_gc, traverseproc, visitproc

cdef size_t FIRST_CAPACITY = 256


cdef class Job:
    cdef int run(self) except -1:
        raise NotImplementedError("a Job must say what it does")

    cdef int finish_step(self) except -1:
        """The step has ended in which this became `held_back`."""
        return 0


@cython.final
cdef class Ready:
    """The ready queue of one loop."""

    def __cinit__(self, Hooks hooks):
        self.hooks = hooks
        tl_door_init(&self.door)
        self._ring = <Entry *>PyMem_Malloc(FIRST_CAPACITY * sizeof(Entry))
        if self._ring == NULL:
            raise MemoryError("no memory for a ready queue")
        self._mask = FIRST_CAPACITY - 1
        self._enough = FIRST_CAPACITY - FIRST_CAPACITY // 8

    def __dealloc__(self):
        if self._ring != NULL:
            self.clear()
            tl_door_end(&self.door)
            PyMem_Free(self._ring)

    def __len__(self):
        return self.count()

    def snapshot(self):
        """What is queued, oldest first: tasks, handles and callables."""
        self.check_thread(None, "loop._ready")
        self.take_posted()
        return [<object>self._ring[i & self._mask].a for i in range(self._head, self._tail)]

    cdef int post(self, int kind, PyObject *a, PyObject *b, PyObject *c) except -1:
        """Push from any thread, and wake the loop if it sleeps."""
        cdef Entry entry
        entry.kind = kind
        entry.a = a
        entry.b = b
        entry.c = c
        Py_INCREF(<object>a)
        Py_XINCREF(b)
        Py_XINCREF(c)
        if tl_door_post(&self.door, entry) < 0:
            drop(&entry)
            raise MemoryError("no memory to post a callback to a loop")
        return 0

    cdef int take_posted(self) except -1:
        """Append what was posted. On the loop's thread, or while no thread runs the loop."""
        cdef Entry *posted = NULL
        cdef size_t capacity = 0
        cdef size_t n = tl_door_take(&self.door, &posted, &capacity)
        cdef size_t taken = 0
        cdef size_t place
        if n == 0:
            return 0
        try:
            while self._tail - self._head + n > self._mask + 1:
                self.grow()
            place = self._tail & self._mask
            taken = min(n, self._mask + 1 - place)  # up to the ring's end; the rest goes in front
            memcpy(&self._ring[place], posted, taken * sizeof(Entry))
            memcpy(self._ring, posted + taken, (n - taken) * sizeof(Entry))
            self._tail += n
            taken = n
        finally:
            while taken < n:  # there was no memory
                drop(&posted[taken])
                taken += 1
            tl_door_give_back(&self.door, posted, capacity)
        return 0

    cdef int foreign_thread(self, object subject, str what, bint is_safe) except -1:
        if subject is not None and self.hooks.wrong_thread is not None:
            tell_wrong_thread(self.hooks, subject, what)
        if is_safe:
            return 0
        raise RuntimeError(
            f"{what} was called from another thread than the loop's, which only "
            f"loop.call_soon_threadsafe() allows; without a GIL it would corrupt the loop"
        )

    cdef bint double(self) noexcept:
        """Make the ring twice as long; False if there is no memory for that."""
        cdef size_t capacity = (self._mask + 1) * 2
        cdef size_t count = self._tail - self._head
        cdef Entry *ring = <Entry *>PyMem_Malloc(capacity * sizeof(Entry))
        if ring == NULL:
            return False
        for i in range(count):
            ring[i] = self._ring[(self._head + i) & self._mask]
        PyMem_Free(self._ring)
        self._ring = ring
        self._head = 0
        self._tail = count
        self._mask = capacity - 1
        self._enough = capacity - capacity // 8
        return True

    cdef int grow(self) except -1:
        if not self.double():
            raise MemoryError(f"no memory for a ready queue of {(self._mask + 1) * 2} entries")
        return 0

    cdef int make_room(self) except -1:
        """There are more than `_enough`. What is pushed may be a task's only chance to go on: so
        it is an error only if the ring is really full, and until then there are other chances."""
        if self._tail - self._head <= self._mask:
            self.double()
            return 0
        return self.grow()

    cdef void clear(self) noexcept:
        """Drop everything that is queued or posted."""
        cdef Entry entry
        cdef Entry *posted = NULL
        cdef size_t capacity = 0
        cdef size_t n = tl_door_take(&self.door, &posted, &capacity)
        cdef size_t i
        while self._tail != self._head:
            entry = self.pop()
            drop(&entry)
        for i in range(n):
            drop(&posted[i])
        tl_door_give_back(&self.door, posted, capacity)


cdef void tell_wrong_thread(Hooks hooks, object subject, str what) noexcept:
    hooks.wrong_thread(subject, what)


cdef void drop(Entry *entry) noexcept:
    Py_XDECREF(entry.a)
    Py_XDECREF(entry.b)
    Py_XDECREF(entry.c)


cdef int visit_entry(Entry *entry, visitproc visit, void *arg) noexcept:
    cdef int result = visit(entry.a, arg)
    if result == 0 and entry.b != NULL:
        result = visit(entry.b, arg)
    if result == 0 and entry.c != NULL:
        result = visit(entry.c, arg)
    return result


# Cython's own traverse knows neither of the ring nor of the inbox. No lock: who posts holds the
# GIL, as we do here; without a GIL the collector has stopped all other threads.
cdef traverseproc _traverse_slots = (<PyTypeObject *>Ready).tp_traverse

cdef int _traverse(PyObject *op, visitproc visit, void *arg) noexcept:
    cdef int result = 0
    cdef size_t i = (<Ready>op)._head
    while i != (<Ready>op)._tail and result == 0:
        result = visit_entry(&(<Ready>op)._ring[i & (<Ready>op)._mask], visit, arg)
        i += 1
    i = 0
    while i != tl_door_count(&(<Ready>op).door) and result == 0:
        result = visit_entry(&(<Ready>op).door.inbox[i], visit, arg)
        i += 1
    return result if result else _traverse_slots(op, visit, arg)

cdef int _clear(PyObject *op) noexcept:
    # Not the hooks: futures look at them through us, and some code may still run. Hooks has a
    # clear of its own, which is enough to break every cycle.
    (<Ready>op).clear()
    (<Ready>op)._shared = (<Ready>op)._posted = None
    (<Ready>op).detour = None
    return 0

tl_set_gc(<PyTypeObject *>Ready, _traverse, _clear)
