"""Hooks and facts: all that the kernel shows to detectors.

Law: the kernel knows nothing of detectors. Whoever wants to watch assigns callables to the slots of
`loop.hooks`, or reads the facts; an empty slot costs the hot path one comparison with None.

Slots, and what they are called with:

    before_step(task), after_step(task)     around each resumption of a coroutine
    wait_begins(task, awaited)              the task suspended on `awaited`
    task_created(task), task_cancelled(task), task_finished(task)
    task_failed(task)                       ended with an exception other than CancelledError
    future_failed(future)                   set_exception() was called on a plain future
    read_by_plumbing(future) -> bool        code given to skip_reader() looks at a failed future's
                                            exception: True if that counts as read. Called straight
                                            from there: sys._getframe(1) is the reader
    callback_failed(loop, context)          a callback raised; `context` is what
                                            call_exception_handler gets next
    reported(loop, context)                 call_exception_handler was called
    slow_step(loop, ran, started_ticks, duration_s)
                                            a step or callback took longer than
                                            loop.slow_callback_duration; `ran` is the Task or Handle
    exception_lost(future)                  a future with an exception that was never read is dying
                                            (before asyncio's own message about it, if there is one)
    abandoned(task)                         asyncio's shutdown is about to cancel a pending task
                                            that nobody had cancelled, or the loop closes with it

A hook must not raise (what it raises goes to sys.unraisablehook) and should be quick: it runs
inside the loop.
"""

from cpython.mem cimport PyMem_Realloc, PyMem_Free
from cpython.ref cimport Py_INCREF, Py_DECREF

import types
import weakref

cdef extern from "cpython.h":
    int TL_PLUMBING_SLOTS
    PyObject **tl_plumbing_slot(PyObject **table, PyObject *code) noexcept
    ctypedef int (*visitproc)(PyObject *, void *) noexcept
    ctypedef int (*traverseproc)(PyObject *, visitproc, void *) noexcept
    ctypedef int (*inquiry)(PyObject *) noexcept
    ctypedef struct PyTypeObject:
        traverseproc tp_traverse
        inquiry tp_clear
    void tl_set_gc(PyTypeObject *, traverseproc, inquiry) noexcept

cdef extern from "Python.h":
    ctypedef struct PyCodeObject:
        pass
    int PyCode_Addr2Line(PyCodeObject *, int) noexcept

cdef extern from *:
    """
    #include <stdlib.h>
    #include <unistd.h>
    #include <sys/syscall.h>

    /* Beats are taken and returned under the GIL; readers need no lock (see beat.h). */
    static _Atomic(tl_beat *) tl_beats = NULL;

    static tl_beat *tl_beat_take(void) {
        tl_beat *beat = atomic_load(&tl_beats);
        for (; beat != NULL; beat = beat->next)
            if (!atomic_load(&beat->in_use))
                break;
        if (beat == NULL) {
            beat = calloc(1, sizeof *beat);
            if (beat == NULL)
                return NULL;
            beat->next = atomic_load(&tl_beats);
            atomic_store(&beat->in_use, 1);
            atomic_store(&tl_beats, beat);
        }
        atomic_store(&beat->in_use, 1);
        return beat;
    }
    static void tl_beat_return(tl_beat *beat) {
        atomic_store(&beat->since, 0);
        atomic_store(&beat->thread, NULL);
        atomic_store(&beat->in_use, 0);
    }
    static void tl_beat_start(tl_beat *beat) {
        atomic_store(&beat->since, 0);
        atomic_store(&beat->tid, (int)syscall(SYS_gettid));
        atomic_store(&beat->thread, (void *)PyThreadState_Get());
    }
    static void tl_beat_stop(tl_beat *beat) {
        atomic_store(&beat->since, 0);
        atomic_store(&beat->thread, NULL);
    }
    static void tl_beat_slow(tl_beat *beat, uint64_t slow) {
        atomic_store(&beat->slow, slow);
    }
    """
    tl_beat *tl_beats
    tl_beat *tl_beat_take() noexcept
    void tl_beat_return(tl_beat *) noexcept
    void tl_beat_start(tl_beat *) noexcept
    void tl_beat_stop(tl_beat *) noexcept
    void tl_beat_slow(tl_beat *, uint64_t) noexcept


# Called with each new EventLoop; detectors attach themselves through it.
on_new_loop = []

# Hooks of every loop there is; weak, so that it keeps none alive.
_all = weakref.WeakSet()

cdef PyObject *_plumbing[128]
cdef int _plumbing_count
cdef PyObject *_readers[128]
cdef int _readers_count


cdef object place_of(object code, int offset):
    if code is None:
        return None
    return code.co_filename, PyCode_Addr2Line(<PyCodeObject *>code, offset), code.co_qualname


cdef PyObject **plumbing() noexcept:
    return _plumbing


def skip_code(code: types.CodeType) -> None:
    """Never take a frame of `code` for the place where a task was created."""
    global _plumbing_count
    _plumbing_count = _remember(_plumbing, _plumbing_count, code)


def skip_reader(code: types.CodeType) -> None:
    """Ask the read_by_plumbing hook whether a look at an exception from `code` is a real one."""
    global _readers_count
    _readers_count = _remember(_readers, _readers_count, code)


cdef bint is_plumbing_reader(PyObject *code) noexcept:
    return code != NULL and tl_plumbing_slot(_readers, code)[0] != NULL


cdef int _remember(PyObject **table, int count, object code) except -1:
    """Put a code object into a table that holds `count` of them; how many it holds then."""
    cdef PyObject **slot
    if type(code) is not types.CodeType:
        raise TypeError(f"a code object was expected, got {code!r}")
    slot = tl_plumbing_slot(table, <PyObject *>code)
    if slot[0] != NULL:
        return count
    if count >= TL_PLUMBING_SLOTS // 2:
        raise ValueError(f"more than {TL_PLUMBING_SLOTS // 2} code objects")
    Py_INCREF(code)  # the table owns it
    slot[0] = <PyObject *>code
    return count + 1


def beats_address() -> int:
    """Address of the head of the list of all beats (see beat.h)."""
    return <size_t>&tl_beats


def live_tasks() -> list:
    """All pending tasks of all loops in this process, in no particular order."""
    found = []
    for hooks in list(_all):
        found += hooks.tasks()
    return found


cdef class Hooks:
    """The hook slots and facts of one loop."""

    def __cinit__(self):
        self.beat = tl_beat_take()
        if self.beat == NULL:
            raise MemoryError("no memory for a loop's beat")
        _all.add(self)

    def __dealloc__(self):
        self.forget_live()
        PyMem_Free(self.live)
        if self.beat != NULL:
            tl_beat_return(self.beat)

    def tasks(self) -> list:
        """The loop's pending tasks, in no particular order."""
        cdef list found = []
        cdef Py_ssize_t i = 0
        while i < self.live_count:  # which appending may change, by way of the garbage collector
            found.append(<object>self.live[i])
            i += 1
        return found

    @property
    def beat_address(self) -> int:
        """Address of this loop's tl_beat."""
        return <size_t>self.beat

    @property
    def current_task(self):
        """The task whose step runs now, or None."""
        return None if self.current == NULL else <object>self.current

    cdef Py_ssize_t add_live(self, PyObject *task) except -1:
        """Own `task` until take_live; its place, which the task must remember."""
        cdef Py_ssize_t capacity
        cdef PyObject **grown
        if self.live_count == self.live_capacity:
            capacity = max(64, self.live_capacity * 2)
            grown = <PyObject **>PyMem_Realloc(self.live, capacity * sizeof(PyObject *))
            if grown == NULL:
                raise MemoryError(f"no memory for a list of {capacity} live tasks")
            self.live = grown
            self.live_capacity = capacity
        Py_INCREF(<object>task)
        self.live[self.live_count] = task
        self.live_count += 1
        return self.live_count - 1

    cdef PyObject *take_live(self, Py_ssize_t place) noexcept:
        """Give up the task at `place`, without its reference: that is the caller's now.

        The last task moves into the gap; it is returned so that it can be told its new place (it is
        the given-up task itself if that was the last).
        """
        self.live_count -= 1
        self.live[place] = self.live[self.live_count]
        return self.live[place]

    cdef void forget_live(self) noexcept:
        cdef PyObject **live = self.live
        cdef Py_ssize_t n = self.live_count
        self.live = NULL  # a dying task may run code that makes a new one
        self.live_count = self.live_capacity = 0
        while n:
            n -= 1
            Py_DECREF(<object>live[n])
        PyMem_Free(live)

    cdef void start_beat(self) noexcept:
        tl_beat_start(self.beat)

    cdef void stop_beat(self) noexcept:
        tl_beat_stop(self.beat)

    cdef void set_slow(self, uint64_t slow_ticks) noexcept:
        tl_beat_slow(self.beat, slow_ticks)


# Cython's own traverse does not know of the array.
cdef traverseproc _traverse_slots = (<PyTypeObject *>Hooks).tp_traverse
cdef inquiry _clear_slots = (<PyTypeObject *>Hooks).tp_clear

cdef int _traverse(PyObject *op, visitproc visit, void *arg) noexcept:
    cdef Hooks self = <Hooks>op
    cdef Py_ssize_t i
    cdef int result
    for i in range(self.live_count):
        result = visit(self.live[i], arg)
        if result:
            return result
    return _traverse_slots(op, visit, arg)

cdef int _clear(PyObject *op) noexcept:
    (<Hooks>op).forget_live()
    return _clear_slots(op)

tl_set_gc(<PyTypeObject *>Hooks, _traverse, _clear)
