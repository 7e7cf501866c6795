"""Timeout, timeout() and timeout_at(): asyncio's, native.

Law: whose time is up and what becomes of the cancellation; how a loop is told of a timer is in
alarms.pyx.

Entering it arms a timer; leaving it in time disarms that, and has nothing to wait for. When the
time is up the task is cancelled, and the CancelledError that comes out of the block becomes a
TimeoutError, unless somebody else has cancelled the task as well.

It notes the line that enters it, for whoever wants to know where a TimeoutError came from: that is
the request's to tell when the time is up (cancellation.pyx).

Ownership: an armed timer owns its Timeout and the other way round, until it rings or is disarmed.
Without a GIL the slots that reschedule() changes do so under the lock.
"""

cimport cython
from cpython.object cimport PyObject

from asyncio import timeouts
from asyncio.exceptions import CancelledError

from trueloop.kernel.currenttask cimport current_task
from trueloop.kernel.differences cimport TIMEOUT_INSERTS, TIMEOUT_TAKES_SUBCLASSES
from trueloop.kernel.freethreading cimport tl_lock, tl_unlock
from trueloop.kernel.hooks cimport plumbing, tl_call_site
from trueloop.kernel.runningloop cimport running_loop
from trueloop.kernel.slots cimport PyTypeObject
from trueloop.kernel.task cimport Task, cancel_task
from trueloop.primitives cimport alarms
from trueloop.primitives.operation cimport NOTHING, RAISING, Operation, make_coroutine

cdef extern from *:
    """
    #include "pool.h"
    TL_POOL(timeout_pool, 1024)
    TL_POOL(enter_pool, 16)
    """
    ctypedef struct PooledType "PyTypeObject":
        pass
    void timeout_pool_install(PooledType *) noexcept
    void enter_pool_install(PooledType *) noexcept

cdef extern from *:
    """
    /* What this thread is just leaving, its time being up, and with which exception; borrowed. */
    typedef struct { PyObject *timeout, *error; } Leaving;
    static _Thread_local Leaving tl_leaving;
    """
    ctypedef struct Leaving:
        PyObject *timeout
        PyObject *error
    Leaving tl_leaving

cdef object _CancelledError = CancelledError
# In whose stead the task is cancelled: who asks for the reason is told of this code.
cdef object ON_TIMEOUT = timeouts.Timeout._on_timeout.__code__
cdef object AEXIT = timeouts.Timeout.__aexit__.__code__
cdef tuple STATES = (
    timeouts._State.CREATED,
    timeouts._State.ENTERED,
    timeouts._State.EXPIRING,
    timeouts._State.EXPIRED,
    timeouts._State.EXITED,
)

cdef object _insert_timeout_error = None
if TIMEOUT_INSERTS:
    _insert_timeout_error = timeouts.Timeout._insert_timeout_error

cdef object _make_error = None


def make_errors_by(function):
    """Let function(timeout, cancelled, code) -> TimeoutError make the errors; None: TimeoutError().

    Returns what made them before.

    It is called in the step that leaves the timeout: the innermost Python frame is the one that
    the `async with` or the wait_for() is in. `code` is asyncio's code that would be there: of
    Timeout.__aexit__ or of wait_for().
    """
    global _make_error
    before = _make_error
    _make_error = function
    return before


def leaving():
    """(timeout, exception or None) while one whose time was up takes back its cancel(); else None.

    Asked by whoever is told of uncancel(): asyncio's has a frame there, Timeout.__aexit__.
    """
    if tl_leaving.timeout == NULL:
        return None
    return <object>tl_leaving.timeout, <object>tl_leaving.error


def _on_timeout(Timeout timeout not None):
    """The time of a timeout is up."""
    if type(timeout) is not Timeout:
        return timeout._on_timeout()
    ring(timeout)


cdef object _ring = _on_timeout


cdef int ring(Timeout self) except -1:
    cdef object facts = None
    if self.stage != ENTERED:
        raise AssertionError
    if type(self.task) is Task:
        try:
            facts = self.facts()
        except MemoryError:
            pass  # it ends all the same
        cancel_task(<Task>self.task, None, ON_TIMEOUT, facts)
    else:
        self.task.cancel()
    self.stage = EXPIRING
    self.keep(None)
    return 0


cdef class Timeout:
    """asyncio.Timeout."""

    def __init__(self, when):
        self.stage = CREATED
        self.handle = None
        self.task = None
        self.deadline = when

    def when(self):
        """The loop time at which the time is up; None: never."""
        cdef object when
        tl_lock(<PyObject *>self)
        when = self.deadline
        tl_unlock(<PyObject *>self)
        return when

    def reschedule(self, when):
        """Let the time be up at another loop time; None: never. RuntimeError if not entered."""
        if self.stage == CREATED:
            raise RuntimeError("Timeout has not been entered")
        if self.stage != ENTERED:
            raise RuntimeError(f"Cannot change state of {self._state.value} Timeout")
        self.set_deadline(when)

    cdef int set_deadline(self, object when) except -1:
        cdef object loop
        cdef object _held
        tl_lock(<PyObject *>self)
        _held = self.deadline
        self.deadline = when
        tl_unlock(<PyObject *>self)
        self.disarm()
        if when is not None:
            loop = running_loop()
            if loop is None:
                raise RuntimeError("no running event loop")
            self.keep(alarms.ring_at(loop, when, _ring, (self,)))
        return 0

    cdef object keep(self, object handle):
        """Keep a handle; the one that was kept before."""
        cdef object before
        tl_lock(<PyObject *>self)
        before = self.handle
        self.handle = handle
        tl_unlock(<PyObject *>self)
        return before

    cdef int disarm(self) except -1:
        cdef object handle = self.keep(None)
        return 0 if handle is None else alarms.disarm(handle)

    cdef object facts(self):
        cdef object seconds = self.delay
        if not isinstance(seconds, (int, float)):
            seconds = None
        return self.site, self.site_offset, seconds

    @property
    def limit(self):
        """The code that entered it (None: unknown), the offset there, and its seconds, if given."""
        return self.facts()

    def expired(self):
        """Whether the time was up before the block was left."""
        return self.stage == EXPIRING or self.stage == EXPIRED

    def __repr__(self):
        info = ""
        if self.stage == ENTERED:
            when = self.when()
            info = f" when={when if when is None else round(when, 3)}"
        return f"<Timeout [{self._state.value}]{info}>"

    def __aenter__(self):
        cdef TimeoutEnter operation = TimeoutEnter.__new__(TimeoutEnter)
        operation.timeout = self
        return operation

    def __aexit__(self, exc_type, exc_val, exc_tb):
        cdef TimeoutExit operation
        if self.stage == ENTERED:
            self.disarm()
            self.stage = EXITED
            return NOTHING
        operation = TimeoutExit.__new__(TimeoutExit)
        operation.timeout = self
        operation.kind = exc_type
        operation.error = exc_val
        return operation

    cdef int enter(self) except -1:
        cdef object task
        if self.stage != CREATED:
            raise RuntimeError("Timeout has already been entered")
        task = current_task()
        if task is None:
            raise RuntimeError("Timeout should be used inside a task")
        self.stage = ENTERED
        self.task = task
        self.site = tl_call_site(plumbing(), &self.site_offset)
        self.cancelling_before = (<Task>task)._cancels if type(task) is Task else task.cancelling()
        if type(self) is Timeout:
            self.set_deadline(self.deadline)
        else:
            self.reschedule(self._when)
        return 0

    cdef object leave(self, object kind, object error, object code):
        if self.stage != ENTERED and self.stage != EXPIRING:
            raise AssertionError
        self.disarm()
        if self.stage == ENTERED:
            self.stage = EXITED
            return None
        self.stage = EXPIRED
        if not self.take_back(error) or kind is None:
            return None
        if kind is _CancelledError or (
            TIMEOUT_TAKES_SUBCLASSES and issubclass(kind, _CancelledError)
        ):
            answer = TimeoutError() if _make_error is None else _make_error(self, error, code)
            answer.__cause__ = error
            return answer
        if TIMEOUT_INSERTS and error is not None:
            _insert_timeout_error(error)
            if isinstance(error, ExceptionGroup):
                for each in error.exceptions:
                    _insert_timeout_error(each)
        return None

    cdef int take_back(self, object error) except -1:
        """Take back our cancel(); whether nobody else has cancelled the task."""
        global tl_leaving
        cdef Leaving outer = tl_leaving
        tl_leaving.timeout = <PyObject *>self
        tl_leaving.error = <PyObject *>error
        try:
            return self.task.uncancel() <= self.cancelling_before
        finally:
            tl_leaving = outer

    def _on_timeout(self):
        ring(self)

    # -- what others read of asyncio's

    @property
    def _state(self):
        return STATES[self.stage]

    @property
    def _when(self):
        return self.when()

    @property
    def _timeout_handler(self):
        cdef object handle
        tl_lock(<PyObject *>self)
        handle = self.handle
        tl_unlock(<PyObject *>self)
        return handle

    @property
    def _task(self):
        return self.task

    @property
    def _cancelling(self):
        if self.stage == CREATED:
            raise AttributeError("_cancelling")
        return self.cancelling_before


@cython.final
cdef class TimeoutEnter(Operation):
    cdef Timeout timeout

    stands_for = timeouts.Timeout.__aenter__.__code__

    def __await__(self):  # and so it has async slots of its own
        return self

    @property
    def __qualname__(self):
        return "Timeout.__aenter__"

    cdef object begin(self):
        self.timeout.enter()
        return self.timeout


@cython.final
cdef class TimeoutExit(Operation):
    cdef Timeout timeout
    cdef object kind
    cdef object error

    stands_for = AEXIT

    @property
    def __qualname__(self):
        return "Timeout.__aexit__"

    cdef object begin(self):
        cdef object answer = self.timeout.leave(self.kind, self.error, AEXIT)
        if answer is not None:
            self.stage = RAISING
        return answer


cdef Timeout new_timeout(object delay):
    cdef object loop = running_loop()
    cdef Timeout timeout
    if loop is None:
        raise RuntimeError("no running event loop")
    timeout = Timeout.__new__(Timeout)
    timeout.delay = delay
    if delay is not None:
        timeout.deadline = alarms.time_after(loop, delay)
    return timeout


def timeout(delay):
    """A limit of `delay` seconds from now; None: no limit. See asyncio.timeout."""
    return new_timeout(delay)


def timeout_at(when):
    """A limit at a time of the loop; None: no limit. See asyncio.timeout_at."""
    return Timeout(when)


timeout_pool_install(<PooledType *>Timeout)
enter_pool_install(<PooledType *>TimeoutEnter)
make_coroutine(<PyTypeObject *>TimeoutEnter)
make_coroutine(<PyTypeObject *>TimeoutExit)
