"""What a loop tells an observer: hook slots, the list of live tasks, the beat."""

from cpython.object cimport PyObject
from libc.stdint cimport uint64_t

cdef extern from "beat.h":
    # The C struct is described in beat.h; the fields are atomics, so they are touched by the three
    # functions below only.
    ctypedef struct tl_beat:
        pass

cdef extern from *:
    """
    #include "beat.h"
    static inline void tl_beat_step(tl_beat *beat, uint64_t since) {
        atomic_store_explicit(&beat->since, since, memory_order_release);
    }
    static inline void tl_beat_pass(tl_beat *beat, uint64_t since) {
        atomic_store_explicit(&beat->pass_since, since, memory_order_relaxed);
    }
    static inline uint64_t tl_beat_since(tl_beat *beat) {
        return atomic_load_explicit(&beat->since, memory_order_relaxed);
    }
    """
    void tl_beat_step(tl_beat *beat, uint64_t since) noexcept nogil
    void tl_beat_pass(tl_beat *beat, uint64_t since) noexcept nogil
    uint64_t tl_beat_since(tl_beat *beat) noexcept nogil


cdef class Hooks:
    # -- slots: None while nobody listens, so that an unused hook costs one branch
    cdef public object before_step
    cdef public object after_step
    cdef public object wait_begins
    cdef public object task_created
    cdef public object task_cancelled
    cdef public object task_finished
    cdef public object task_failed
    cdef public object future_failed
    cdef public object read_by_plumbing
    cdef public object callback_failed
    cdef public object reported
    cdef public object slow_step
    cdef public object slow_pass
    cdef public object idle
    cdef public object wrong_thread
    cdef public object circular
    cdef public object cancellation_survived
    cdef public object uncancelled
    cdef public object exception_lost
    cdef public object abandoned
    cdef public object generator_begins
    cdef public object generator_left
    cdef public object submits

    # -- facts
    cdef tl_beat *beat             # owned; returned to the pool when the loop dies
    cdef PyObject *current         # borrowed: the task whose step runs now, or NULL
    cdef PyObject *published       # borrowed: the task that asyncio's current_task() shows, or NULL
    cdef PyObject *entered         # borrowed: a Context left entered for the next step, or NULL
    cdef readonly object hearing   # the Listener that hears of a future's end right now, or None
    cdef readonly uint64_t cancels  # calls of cancel() on pending tasks of the loop
    cdef Py_hash_t loop_hash       # hash(loop), for the dict that current_task() reads
    # every pending task of the loop; each slot owns one reference; changes under the lock
    cdef PyObject **live
    cdef readonly Py_ssize_t live_count
    cdef Py_ssize_t live_capacity
    cdef object __weakref__

    cdef int add_live(self, PyObject *task, Py_ssize_t *place) except -1
    cdef PyObject *take_live(self, Py_ssize_t place) noexcept
    cdef void forget_live(self) noexcept
    cdef void start_beat(self) noexcept
    cdef void stop_beat(self) noexcept
    cdef void set_slow(self, uint64_t slow_ticks) noexcept


cdef inline void fire(object slot, object subject) noexcept:
    """Call an occupied slot; what it raises goes to sys.unraisablehook, never into the program."""
    slot(subject)


cdef extern from "cpython.h":
    object tl_call_site(PyObject **plumbing, int *offset)

# (file name, line, function) of what tl_call_site gave, or None.
cdef object place_of(object code, int offset)

# The table behind tl_call_site: code objects that are never a task's creation site.
cdef PyObject **plumbing() noexcept

# Whether code is one of asyncio's that look at a failure only to drop it (skip_reader).
cdef bint is_plumbing_reader(PyObject *code) noexcept
