"""What tasks and threads put in and take out, and those who wait for that."""

from cpython.object cimport PyObject

from trueloop.kernel.future cimport Future

cdef extern from "standing.h":
    ctypedef struct Standing "tl_standing":
        Standing *after
        PyObject *future
        void *lock
        bint is_in_line
    ctypedef struct Standings "tl_line":
        Standing *first
    void line_join "tl_line_join"(Standings *, Standing *) noexcept
    void line_leave "tl_line_leave"(Standings *, Standing *) noexcept
    Standing *standing_new "tl_standing_new"() noexcept
    void standing_free "tl_standing_free"(Standing *) noexcept
    void fresh_lock "tl_fresh_lock"(PyObject *) noexcept

cdef enum Wanted:
    AN_ITEM
    ROOM
    THE_END

cdef double FOR_EVER


cdef class Crossing:
    cdef PyObject **ring           # capacity mask + 1, a power of two; NULL until the first item
    cdef size_t head               # next to get; only ever grows, as does tail
    cdef size_t tail
    cdef size_t mask
    cdef readonly Py_ssize_t maxsize
    cdef Py_ssize_t unfinished     # put in, and not yet done with
    cdef bint is_shutdown
    cdef Standings lines[3]        # of those who want an item, room, the end
    cdef unsigned long forks       # of this process and its ancestors, at the last look
    cdef object _container         # always None: makes the type one that the collector visits
    cdef object __weakref__

    cdef bint is_full(self) noexcept
    cdef PyObject *take(self) noexcept
    cdef bint try_put(self, object item) except -1
    cdef PyObject *try_get(self) except? NULL
    cdef bint grow(self) noexcept
    cdef int say_done(self) except -1
    cdef int end(self, bint immediate) except -1
    cdef int lock(self) except -1
    cdef void unlock(self) noexcept
    cdef bint stand(self, Wanted wanted, Standing *who) except -1
    cdef bint leave(self, Wanted wanted, Standing *who) except -1
    cdef int wake_one(self, Wanted wanted) except -1
    cdef int wake_all(self, Wanted wanted) except -1
    cdef bint rouse(self, Wanted wanted, Future future) except -1
    cdef bint block(self, Wanted wanted, Standing *who, double deadline_s) except -1
    cdef int forget_dead(self) except -1
