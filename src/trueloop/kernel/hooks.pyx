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
                                            from there: sys._getframe(1) is the reader, unless
                                            `hearing` is one in C
    callback_failed(loop, context)          a callback raised; `context` is what
                                            call_exception_handler gets next
    reported(loop, context)                 call_exception_handler was called
    slow_step(loop, ran, started_ticks, duration_s)
                                            a step or callback took longer than
                                            loop.slow_callback_duration; `ran` is the Task or Handle
    slow_pass(loop, began_ticks, duration_s, entries, late_s)
                                            a pass over the ready queue, in which `entries` ran,
                                            took longer than that; also if a single one did, and if
                                            one of its timers had been overdue for so long that the
                                            pass, counted twice at most, made it wait longer
    idle(loop, wait_s) -> seconds           the loop has nothing to run, and will wait for `wait_s`
                                            (inf: no timer is armed). It is called when the loop has
                                            run something since the last time, no more often than
                                            every 50 ms; and after the seconds that it answers (inf:
                                            never) even if nothing has happened. A loop that never
                                            waits calls it with 0.0, every second or so
    wrong_thread(subject, what)             in another thread than the one that runs the loop: a
                                            method, `what`, of a loop, future or transport was
                                            called that only the loop's thread may call
    circular(task, awaited) -> exception    `task` is about to wait for a task that waits, directly
                                            or through others, for `task`. What is answered is
                                            raised at its await; None: let it wait
    cancellation_survived(task, exception)  a cancel() of the task has thrown `exception` into its
                                            coroutine, and no CancelledError has come out by the end
                                            of that step
    uncancelled(task)                       task.uncancel() is called
    exception_lost(future)                  a future with an exception that was never read is dying
                                            (before asyncio's own message about it, if there is one)
    abandoned(task)                         asyncio's shutdown is about to cancel a pending task
                                            that nobody had cancelled, or the loop closes with it
    generator_begins(generator)             the first iteration of an asynchronous generator
    generator_left(generator)               one that was begun and has not ended is dropped, or the
                                            loop is told to close those that are left
    submits(loop, executor, function) -> function
                                            run_in_executor(executor, function, ...), unless that is
                                            a plain thread pool with a worker free (workitem.pyx):
                                            what is answered is submitted instead

A hook must not raise (what it raises goes to sys.unraisablehook) and should be quick: it runs
inside the loop.
"""

from cpython.mem cimport PyMem_Realloc, PyMem_Free
from cpython.ref cimport Py_INCREF, Py_DECREF

import threading
import types
import weakref

from trueloop.kernel.freethreading cimport tl_lock, tl_unlock
from trueloop.kernel.slots cimport PyTypeObject, inquiry, tl_set_gc, traverseproc, visitproc

cdef extern from "cpython.h":
    int TL_PLUMBING_SLOTS
    PyObject **tl_plumbing_slot(PyObject **table, PyObject *code) noexcept
    void tl_plumbing_put(PyObject **slot, PyObject *code) noexcept

cdef extern from "Python.h":
    ctypedef struct PyCodeObject:
        pass
    int PyCode_Addr2Line(PyCodeObject *, int) noexcept

cdef extern from *:
    """
    #include <stdlib.h>
    #include <unistd.h>
    #include <sys/syscall.h>

    /* Any thread may take, return and read beats; nobody needs a lock (see beat.h). */
    static _Atomic(tl_beat *) tl_beats = NULL;

    static tl_beat *tl_beat_take(void) {
        tl_beat *beat = atomic_load(&tl_beats);
        for (; beat != NULL; beat = beat->next) {
            int idle = 0;
            if (atomic_compare_exchange_strong(&beat->in_use, &idle, 1))
                return beat;
        }
        beat = calloc(1, sizeof *beat);
        if (beat == NULL)
            return NULL;
        atomic_store(&beat->in_use, 1);
        tl_beat *first = atomic_load(&tl_beats);
        do
            beat->next = first;
        while (!atomic_compare_exchange_weak(&tl_beats, &first, beat));
        return beat;
    }
    static void tl_beat_return(tl_beat *beat) {
        atomic_store(&beat->since, 0);
        atomic_store(&beat->pass_since, 0);
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
        atomic_store(&beat->pass_since, 0);
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

# Weak references to the Hooks of every loop there is. A dict, because any thread may change it and
# copy it at any time; a WeakSet would have to be locked.
_all = {}

cdef PyObject *_plumbing[128]
cdef int _plumbing_count
cdef PyObject *_readers[128]
cdef int _readers_count
cdef object _remembering = threading.Lock()


cdef object place_of(object code, int offset):
    if code is None:
        return None
    return code.co_filename, PyCode_Addr2Line(<PyCodeObject *>code, offset), code.co_qualname


cdef PyObject **plumbing() noexcept:
    return _plumbing


def skip_code(code: types.CodeType) -> None:
    """Never take a frame of `code` for the place where a task was created."""
    _remember(_plumbing, &_plumbing_count, code)


def skip_reader(code: types.CodeType) -> None:
    """Ask the read_by_plumbing hook whether a look at an exception from `code` is a real one."""
    _remember(_readers, &_readers_count, code)


cdef bint is_plumbing_reader(PyObject *code) noexcept:
    return code != NULL and tl_plumbing_slot(_readers, code)[0] != NULL


cdef int _remember(PyObject **table, int *count, object code) except -1:
    """Put a code object into a table that holds `count` of them. Readers take no lock."""
    cdef PyObject **slot
    if type(code) is not types.CodeType:
        raise TypeError(f"a code object was expected, got {code!r}")
    with _remembering:
        slot = tl_plumbing_slot(table, <PyObject *>code)
        if slot[0] != NULL:
            return 0
        if count[0] >= TL_PLUMBING_SLOTS // 2:
            raise ValueError(f"more than {TL_PLUMBING_SLOTS // 2} code objects")
        Py_INCREF(code)  # the table owns it
        tl_plumbing_put(slot, <PyObject *>code)
        count[0] += 1
    return 0


def beats_address() -> int:
    """Address of the head of the list of all beats (see beat.h)."""
    return <size_t>&tl_beats


def live_tasks() -> list:
    """All pending tasks of all loops in this process, in no particular order."""
    found = []
    for reference in _all.copy():
        hooks = reference()
        if hooks is not None:
            found += hooks.tasks()
    return found


def _forget(reference):
    _all.pop(reference, None)


cdef class Hooks:
    """The hook slots and facts of one loop."""

    def __cinit__(self):
        self.beat = tl_beat_take()
        if self.beat == NULL:
            raise MemoryError("no memory for a loop's beat")
        _all[weakref.ref(self, _forget)] = None

    def __dealloc__(self):
        self.forget_live()
        PyMem_Free(self.live)
        if self.beat != NULL:
            tl_beat_return(self.beat)

    def tasks(self) -> list:
        """The loop's pending tasks, in no particular order."""
        cdef list found = []
        cdef Py_ssize_t i = 0
        tl_lock(<PyObject *>self)
        try:
            while i < self.live_count:  # appending may change it, by way of the garbage collector
                found.append(<object>self.live[i])
                i += 1
        finally:
            tl_unlock(<PyObject *>self)
        return found

    @property
    def beat_address(self) -> int:
        """Address of this loop's tl_beat."""
        return <size_t>self.beat

    @property
    def current_task(self):
        """The task whose step runs now, or None."""
        return None if self.current == NULL else <object>self.current

    cdef int add_live(self, PyObject *task, Py_ssize_t *place) except -1:
        """Own `task` until take_live; `place` is where it stands, which take_live changes."""
        cdef Py_ssize_t capacity
        cdef PyObject **grown
        tl_lock(<PyObject *>self)
        if self.live_count == self.live_capacity:
            capacity = max(64, self.live_capacity * 2)
            grown = <PyObject **>PyMem_Realloc(self.live, capacity * sizeof(PyObject *))
            if grown == NULL:
                tl_unlock(<PyObject *>self)
                raise MemoryError(f"no memory for a list of {capacity} live tasks")
            self.live = grown
            self.live_capacity = capacity
        Py_INCREF(<object>task)
        self.live[self.live_count] = task
        place[0] = self.live_count
        self.live_count += 1
        tl_unlock(<PyObject *>self)
        return 0

    cdef PyObject *take_live(self, Py_ssize_t place) noexcept:
        """Give up the task at `place`, without its reference: that is the caller's now.

        The last task moves into the gap; it is returned so that it can be told its new place (it is
        the given-up task itself if that was the last). The caller has locked us.
        """
        self.live_count -= 1
        self.live[place] = self.live[self.live_count]
        return self.live[place]

    cdef void forget_live(self) noexcept:
        cdef PyObject **live
        cdef Py_ssize_t n
        tl_lock(<PyObject *>self)
        live = self.live
        n = self.live_count
        self.live = NULL  # a dying task may run code that makes a new one
        self.live_count = self.live_capacity = 0
        tl_unlock(<PyObject *>self)
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
    cdef Py_ssize_t i
    cdef int result
    for i in range((<Hooks>op).live_count):
        result = visit((<Hooks>op).live[i], arg)
        if result:
            return result
    return _traverse_slots(op, visit, arg)

cdef int _clear(PyObject *op) noexcept:
    (<Hooks>op).forget_live()
    return _clear_slots(op)

tl_set_gc(<PyTypeObject *>Hooks, _traverse, _clear)
