"""The ready queue: what may run now, first in first out."""

cimport cython
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF, Py_XINCREF

from trueloop.kernel.context cimport SharedContext, share_current, tl_current_map
from trueloop.kernel.door cimport Entry, tl_door, tl_door_is_anothers, tl_door_is_mine
from trueloop.kernel.freethreading cimport TL_FREE_THREADED
from trueloop.kernel.hooks cimport Hooks

cdef extern from "Python.h":
    object PyContext_CopyCurrent()

cdef enum Kind:
    STEP       # a: a Task to resume; b: an exception to throw into it, or NULL
    HANDLE     # a: a Handle to run
    CALLBACK   # a: a callable; b: its one argument (a finished Future); c: a context slot, or
    #            a: a Listener; b: what it is to hear of; c: LISTENS (waiters.pxd)
    JOB        # a: a Job

cdef class Job:
    """A native piece of work that runs without a Handle (a transport with something to read)."""

    cdef unsigned int noticed      # epoll events seen since the last run
    cdef bint queued               # in the ready queue

    cdef int run(self) except -1
    cdef int finish_step(self) except -1


@cython.final
cdef class Ready:
    cdef Entry *_ring              # capacity _mask + 1, a power of two
    cdef size_t _head              # next to pop; only ever grows, as does _tail
    cdef size_t _tail
    cdef size_t _mask
    cdef size_t _enough            # entries above which a longer ring is wanted: before it is full
    cdef readonly Hooks hooks      # of the loop that owns this queue
    cdef SharedContext _shared     # the last context that was handed out for copies, or None
    cdef SharedContext _posted     # likewise, for what other threads post
    cdef tl_door door              # through which other threads push
    cdef Job held_back             # what has held back writes until the step ends, or None
    cdef public object detour      # what the loop's call_soon was replaced with; None: not replaced

    cdef bint double(self) noexcept
    cdef int grow(self) except -1
    cdef int make_room(self) except -1
    cdef void clear(self) noexcept
    cdef int post(self, int kind, PyObject *a, PyObject *b, PyObject *c) except -1
    cdef int take_posted(self) except -1
    cdef int foreign_thread(self, object subject, str what, bint is_safe) except -1

    cdef inline int check_thread(self, object subject, str what) except -1:
        """If another thread runs the loop: tell the hook, and without a GIL raise RuntimeError.

        `subject` None: it is a look that harms nobody who has a GIL, and not worth telling.
        """
        if tl_door_is_anothers(&self.door):
            return self.foreign_thread(subject, what, not TL_FREE_THREADED)
        return 0

    cdef inline bint is_anothers(self) noexcept:
        """Whether another thread than this one runs the loop."""
        return tl_door_is_anothers(&self.door)

    cdef inline int note_thread(self, object subject, str what) except -1:
        """Tell the hook if another thread runs the loop: what follows is safe nonetheless."""
        return self.foreign_thread(subject, what, True) if tl_door_is_anothers(&self.door) else 0

    cdef inline object context_copy(self):
        """What stands for a copy of the current context: see context.pyx."""
        if not tl_door_is_mine(&self.door):
            return PyContext_CopyCurrent()
        if self._shared is None or tl_current_map() != <PyObject *>self._shared.map:
            self._shared = share_current()
        return self._shared

    cdef inline object context_to_post(self):
        """A copy of the current context, for what another thread is about to post.

        It runs in the loop's thread, one at a time, and so may be shared as well.
        """
        if TL_FREE_THREADED:
            return PyContext_CopyCurrent()
        if self._posted is None or tl_current_map() != <PyObject *>self._posted.map:
            self._posted = share_current()
        return self._posted

    cdef inline int finish_step(self) except -1:
        """A step has ended: send what was held back in it."""
        return 0 if self.held_back is None else self.held_back.finish_step()

    cdef inline size_t count(self) noexcept:
        return self._tail - self._head

    cdef inline int push(self, Kind kind, PyObject *a, PyObject *b, PyObject *c) except -1:
        """Append an entry; takes references of its own."""
        cdef Entry *entry
        if not tl_door_is_mine(&self.door):
            return self.post(kind, a, b, c)
        if self._tail - self._head > self._enough:
            self.make_room()
        entry = &self._ring[self._tail & self._mask]
        self._tail += 1
        entry.kind = kind
        entry.a = a
        entry.b = b
        entry.c = c
        Py_INCREF(<object>a)
        Py_XINCREF(b)
        Py_XINCREF(c)
        return 0

    cdef inline Entry pop(self) noexcept:
        """Take the oldest entry with its references; count() must not be 0."""
        cdef Entry entry = self._ring[self._head & self._mask]
        self._head += 1
        return entry
