"""Task: drives one coroutine and holds its outcome.

Law: owns a coroutine's life from the first step to the last; knows the ready queue, the hooks, and
what asyncio wants to be told. It knows neither timers nor sockets.

The life of a task (docs/internals/life-of-a-task.md): `start` queues the first step. `step` resumes
the coroutine; it suspends on a future of the same loop (the task becomes that future's waiter and
is queued as it is when the future finishes), on a foreign future (through `_wakeup`, as asyncio
does), on a bare yield, or it ends in `finish`.

Who holds a pending task: its loop, in hooks.live, so that a fire-and-forget task cannot be garbage
collected while it waits, as asyncio's can. In debug mode the loop holds it weakly, as asyncio does,
because debug mode promises "Task was destroyed but it is pending!".
"""

from cpython.ref cimport Py_DECREF

import asyncio
import inspect
from asyncio import coroutines, futures, runners, tasks
from asyncio.exceptions import CancelledError

from trueloop.kernel.cancellation cimport CancelRequest, carry, new_request
from trueloop.kernel.context cimport (
    SharedContext,
    context_of_ones_own,
    context_to_enter,
    tl_context_is_entered,
    was_changed,
)
from trueloop.kernel.currenttask cimport leave_context, leave_tasks, publish, publish_other
from trueloop.kernel.door cimport tl_door_is_mine
from trueloop.kernel.differences cimport EAGER_END_FORGETS_COROUTINE
from trueloop.kernel.freethreading cimport TL_FREE_THREADED, tl_lock, tl_next_number, tl_unlock
from trueloop.kernel.future cimport (
    AWAITED, CANCELLED, FINISHED, NOT_BLOCKING, PENDING, Future, begin_step, end_step,
    future_finalize, future_next, future_send, future_traverse,
)
from trueloop.kernel.handle cimport Handle, fill, raise_again
from trueloop.kernel.hooks cimport Hooks, fire, plumbing, tl_call_site
from trueloop.kernel.raised cimport taken
from trueloop.kernel.ready cimport STEP, Ready
from trueloop.kernel.slots cimport (
    PYGEN_ERROR, PYGEN_NEXT, PYGEN_RETURN, PySendResult, PyTypeObject,
    tl_set_awaiter, tl_set_finalizer, tl_set_gc, tl_visit, visitproc,
)

cdef extern from "cpython.h":
    PySendResult tl_resume(PyObject *, PyObject *, PyObject **) noexcept
    PyObject *tl_take_raised() noexcept
    void tl_raise(PyObject *) noexcept
    PyObject *tl_running_code() noexcept

cdef extern from *:
    """
    #include "pool.h"
    TL_POOL(task_pool, 16384)
    """
    ctypedef struct PooledType "PyTypeObject":
        pass
    void task_pool_install(PooledType *) noexcept

cdef extern from "Python.h":
    int PyErr_ExceptionMatches(object) noexcept
    int PyCoro_CheckExact(object) noexcept
    int PyContext_CheckExact(object) noexcept
    int PyContext_Enter(PyObject *) noexcept
    int PyContext_Exit(PyObject *) noexcept
    object PyContext_CopyCurrent()

# An error of publish() concerns this task alone, not the loop.
ctypedef int (*Quietly)(Hooks, object, PyObject *) noexcept
cdef Quietly quietly_publish = <Quietly><void *>publish_other

cdef object _Task = asyncio.Task
cdef object _CancelledError = CancelledError
cdef object _cancel_all_tasks = runners._cancel_all_tasks.__code__
cdef unsigned long _made = 0
cdef bint _registers_each = False
cdef int LONGEST_CYCLE = 64  # of tasks that wait for each other, to be seen at once
cdef int LONGEST_REPEATED = 1000  # so far down a chain, a request that is under way is enough


def register_with_asyncio():
    """Register each task from now on, because asyncio cannot be made to look at hooks.live."""
    global _registers_each
    _registers_each = True


cdef class Task(TaskFace):
    """A coroutine and the future of its result: asyncio.Task, native."""

    def __init__(self, coro, *, loop=None, name=None, context=None, eager_start=False):
        self._place = -1
        Future.__init__(self, loop=loop)
        if self.ready is not None and self._loop_object.is_closed():
            self.quiet = True
            raise RuntimeError("Event loop is closed")
        self.start(coro, name, context, eager_start and self._loop_object.is_running())

    def __del__(self):
        # Subclasses made in Python get here; for Task itself see tl_set_finalizer below.
        task_finalize(<PyObject *>self)

    @property
    def __class__(self):
        return _Task if type(self) is Task else type(self)

    def cancel(self, msg=None):
        """Throw CancelledError into the coroutine at its next step; False if the task is done."""
        return bool(cancel_task(self, msg, None, None))

    def _wakeup(self, future):
        """Done-callback for futures that cannot hold a Task itself; runs in the task's context."""
        cdef object failure = None
        try:
            future.result()
        except BaseException as exc:
            failure = exc
        self.step(NULL if failure is None else <PyObject *>failure, True)

    def _step(self, exc=None):
        """One step, called by a loop that is not ours; runs in the task's context."""
        self.step(NULL if exc is None else <PyObject *>exc, True)

    # -- from the first step to the last

    cdef int start(self, object coroutine, object name, object context, bint eager) except -1:
        """Take on the coroutine; queue the first step, or make it right now if `eager`."""
        cdef Hooks hooks
        if not PyCoro_CheckExact(coroutine) and not coroutines.iscoroutine(coroutine):
            self.quiet = True
            raise TypeError(f"a coroutine was expected, got {coroutine!r}")
        if context is None:
            if self.ready is None or eager:
                context = PyContext_CopyCurrent()
            else:
                context = self.ready.context_copy()
        elif not PyContext_CheckExact(context):
            self.quiet = True
            raise TypeError(f"a contextvars.Context was expected, got {context!r}")
        self._coroutine = coroutine
        self._run_context = context
        self._number = tl_next_number(&_made)
        if name is not None:
            self._name = name if type(name) is str else str(name)
        self._site = tl_call_site(plumbing(), &self._site_offset)
        if self.ready is None:
            return start_on_foreign_loop(self, eager)
        self.ready.note_thread(self._loop_object, "create_task()")
        hooks = self.ready.hooks
        if self._source is None:
            hooks.add_live(<PyObject *>self, &self._place)
        if self._source is not None or _registers_each:
            tasks._register_task(self)  # debug mode: held weakly, and by nobody else
        if hooks.task_created is not None:
            fire(hooks.task_created, self)
        if eager:
            return start_eagerly(self, hooks)
        if self.ready.detour is not None:
            try:
                return self.reschedule(None)
            except BaseException:
                self.leave_live()
                raise
        return self.ready.push(STEP, <PyObject *>self, NULL, NULL)

    cdef int step(self, PyObject *exc, bint entered) except -1:
        """Resume the coroutine once, throwing `exc` (borrowed) into it unless that is NULL.

        `entered`: the task's context is entered already. -1 only for SystemExit and
        KeyboardInterrupt.
        """
        cdef Ready ready = self.ready
        cdef Hooks hooks
        cdef PyObject *result = NULL
        cdef PyObject *outer
        cdef PySendResult how
        cdef object cancelled
        cdef object context
        cdef object delivered = None
        cdef object _held = None
        if self.state != PENDING:
            raise asyncio.InvalidStateError(f"step(): already done: {self!r}")
        if TL_FREE_THREADED:
            _held = self._waits_for  # to be dropped outside the lock
        tl_lock(<PyObject *>self)
        if self._must_cancel_now:
            self._must_cancel_now = False
            tl_unlock(<PyObject *>self)
            if exc == NULL and was_cancelled(self._waits_for):
                pass  # the await raises that cancellation, with its own message
            elif exc == NULL or not isinstance(<object>exc, _CancelledError):
                cancelled = cancellation_of(self)
                exc = <PyObject *>cancelled
            tl_lock(<PyObject *>self)
        if self._asked:
            tl_unlock(<PyObject *>self)
            delivered = take_delivery(self, exc)
            tl_lock(<PyObject *>self)
        self._waits_for = None
        tl_unlock(<PyObject *>self)
        _held = None
        if ready is None:
            return step_on_foreign_loop(self, exc)

        hooks = ready.hooks
        if quietly_publish(hooks, self._loop_object, <PyObject *>self) < 0:
            return not_resumed(self)
        outer = hooks.current
        if entered:
            context = context_to_enter(self._run_context)
        else:
            context = self.enter(hooks)
            if context is None:
                return not_resumed(self)
        self._entered = <PyObject *>context
        hooks.current = <PyObject *>self
        if hooks.before_step is not None:
            fire(hooks.before_step, self)
        begin_step()
        how = tl_resume(<PyObject *>self._coroutine, exc, &result)
        if how == PYGEN_ERROR:
            result = tl_take_raised()
        end_step()
        if hooks.after_step is not None:
            fire(hooks.after_step, self)
        hooks.current = outer
        self._entered = NULL
        if was_changed(self._run_context, context):
            self.keep_context(context_of_ones_own(self._run_context, context))
        if not entered and hooks.entered != <PyObject *>context:
            PyContext_Exit(<PyObject *>context)
        elif not entered and type(self._run_context) is not SharedContext:
            leave_context(hooks)  # it was shared when the step began
        if delivered is not None:
            return go_on_after(self, delivered, how, result)
        return self.go_on(how, result)

    cdef int go_on(self, PySendResult how, PyObject *result) except -1:
        """What the coroutine wants after a step: `result` (whose reference is taken) says it."""
        if how != PYGEN_NEXT:
            return self.finish(how, result)
        if result == <PyObject *>None:
            Py_DECREF(None)
            return self.ready.push(STEP, <PyObject *>self, NULL, NULL)
        try_suspend(self, result)
        return 0

    cdef object enter(self, Hooks hooks):
        """Enter the task's context, which is returned; None, with an error raised, if that fails.

        A shared context stays entered after the step, for the next step, which most likely shares
        it too: nobody can see that, because nobody can get hold of a shared Context. One's own is
        left after each step, and so is any context of a step inside another one (an eager start).
        """
        cdef object slot = self._run_context
        cdef object context
        if type(slot) is SharedContext:
            context = (<SharedContext>slot).context
            if <PyObject *>context == hooks.entered and not was_changed(slot, context):
                return context
        if hooks.current == NULL:
            leave_context(hooks)
        context = context_to_enter(slot)
        if PyContext_Enter(<PyObject *>context) < 0:
            return None
        if hooks.current == NULL and type(slot) is SharedContext:
            hooks.entered = <PyObject *>context
        return context

    cdef int suspend(self, object awaited) except -1:
        """Wait for what the coroutine yielded."""
        cdef Future future
        cdef bint must_cancel
        if is_ours(awaited):
            future = <Future>awaited
            if (
                future.blocking == AWAITED
                and future.ready is self.ready
                and future.ready is not None
                and future is not self
            ):
                future.blocking = NOT_BLOCKING
                if type(awaited) is Task and (<Task>awaited)._waits_for is not None:
                    mistake = refusal(self, <Task>awaited)
                    if mistake is not None:
                        return self.reschedule(mistake)
                must_cancel = self.wait_for(future)
                future.add_waiter(self, None)
                if must_cancel and cancel_awaited(future, self._message):
                    self._must_cancel_now = False
                if self.ready.hooks.wait_begins is not None:
                    tell_wait(self, future)
                return 0
        return self.suspend_on_foreign(awaited)

    cdef int suspend_on_foreign(self, object awaited) except -1:
        """Wait for anything else: what it must be is asyncio's protocol for future-like objects."""
        cdef object blocking = getattr(awaited, "_asyncio_future_blocking", None)
        if awaited is None:
            return self.reschedule(None)
        if blocking is None:
            if inspect.isgenerator(awaited):
                mistake = (
                    f"yield was used instead of yield from for generator "
                    f"in task {self!r} with {awaited!r}"
                )
            else:
                mistake = f"Task got bad yield: {awaited!r}"
        elif futures._get_loop(awaited) is not self._loop_object:
            mistake = f"Task {self!r} got Future {awaited!r} attached to a different loop"
        elif not blocking:
            mistake = f"yield was used instead of yield from in task {self!r} with {awaited!r}"
        elif awaited is self:
            mistake = ask_circular(self, self) or f"Task cannot await on itself: {self!r}"
        else:
            awaited._asyncio_future_blocking = False
            awaited.add_done_callback(self._wakeup, context=self.own_context())
            if self.wait_for(awaited) and awaited.cancel(msg=self._message):
                self._must_cancel_now = False
            if self.ready is not None and self.ready.hooks.wait_begins is not None:
                tell_wait(self, awaited)
            return 0
        return self.reschedule(mistake if isinstance(mistake, Exception) else RuntimeError(mistake))

    cdef int reschedule(self, object exc) except -1:
        """Make another step soon."""
        if self.ready is not None and self.ready.detour is None:
            return self.ready.push(
                STEP, <PyObject *>self, NULL if exc is None else <PyObject *>exc, NULL
            )
        if exc is None:
            self._loop_object.call_soon(self._step, context=self.own_context())
        else:
            self._loop_object.call_soon(self._step, exc, context=self.own_context())
        return 0

    cdef int finish(self, PySendResult how, PyObject *outcome) except -1:
        """The coroutine has returned or raised `outcome` (whose reference is taken)."""
        cdef object value = <object>outcome
        Py_DECREF(value)  # `value` owns it now
        self.leave_live()
        if how == PYGEN_RETURN:
            if self._must_cancel_now:
                self._must_cancel_now = False
                self.cancel_now(self._message)
            else:
                self.settle(value)
        elif isinstance(value, _CancelledError):
            self._value = value  # kept to be raised once, with its traceback
            self.failed = True
            self.cancel_now(None)
        else:
            self.fail(value)
            if self.ready is not None and self.ready.hooks.task_failed is not None:
                fire(self.ready.hooks.task_failed, self)
            if isinstance(value, (SystemExit, KeyboardInterrupt)):
                return raise_again(value)
        if self.ready is not None and self.ready.hooks.task_finished is not None:
            fire(self.ready.hooks.task_finished, self)
        return 0

cdef bint was_cancelled(object awaited) except -1:
    """Whether a future of ours will raise CancelledError at the await."""
    if not is_ours(awaited):
        return False
    if (<Future>awaited).state == FINISHED and (<Future>awaited).failed:
        return isinstance((<Future>awaited)._value, _CancelledError)
    return (<Future>awaited).state == CANCELLED


cdef object take_delivery(Task self, PyObject *exc):
    """The CancelledError that this step throws into a task that was asked to cancel, or None."""
    cdef object delivered = None
    self._asked = False
    try:
        if exc != NULL:
            if isinstance(<object>exc, _CancelledError):
                delivered = <object>exc
        elif is_ours(self._waits_for):
            delivered = (<Future>self._waits_for).coming_cancellation()
        if delivered is not None:
            carry(delivered, self._request)
    except MemoryError:
        pass  # then it is not told who has asked; the await raises all the same
    return delivered


cdef int go_on_after(Task self, object delivered, PySendResult how, PyObject *result) except -1:
    """Task.go_on after a step that threw a cancellation into the coroutine."""
    cdef bint survived = how != PYGEN_ERROR or not isinstance(<object>result, _CancelledError)
    self.go_on(how, result)
    if survived and self.ready.hooks.cancellation_survived is not None:
        tell_survived(self, delivered)
    return 0


cdef void tell_survived(Task task, object delivered) noexcept:
    task.ready.hooks.cancellation_survived(task, delivered)


cdef object refusal(Task self, Task awaited):
    """The error to raise instead of waiting for a task that waits for us; None: wait."""
    cdef object link = awaited
    cdef int links = LONGEST_CYCLE
    while links and type(link) is Task and (<Task>link).state == PENDING:
        link = (<Task>link)._waits_for
        if link is self:
            return ask_circular(self, awaited)
        links -= 1
    return None


cdef object ask_circular(Task self, Task awaited):
    cdef list answer = [None]
    if self.ready is not None and self.ready.hooks.circular is not None:
        tell_circular(self, awaited, answer)
    return answer[0]


cdef void tell_circular(Task task, Task awaited, list answer) noexcept:
    answer[0] = task.ready.hooks.circular(task, awaited)


cdef int try_suspend(Task self, PyObject *result) except -1:
    """Suspend on `result` (its reference is taken); what goes wrong is thrown into the task."""
    cdef object awaited = <object>result
    Py_DECREF(awaited)  # `awaited` owns it now
    try:
        return self.suspend(awaited)
    except Exception as exc:
        return self.reschedule(exc)


cdef CancelRequest request_of_caller(Task task, object message):
    """A request of the code that is running."""
    cdef PyObject *by = NULL
    if task.ready is not None and tl_door_is_mine(&task.ready.door):
        by = task.ready.hooks.current
    if by == NULL:
        return new_request(None, 0, message)
    return new_request((<Task>by)._name, (<Task>by)._number, message)


cdef void note_request(Task task, CancelRequest request) noexcept:
    cdef object _held = task._request
    tl_lock(<PyObject *>task)
    task._cancels += 1
    task._asked = True
    task._request = request
    tl_unlock(<PyObject *>task)


cdef bint cancel_task(Task self, object message, object code, object limit) except -1:
    """Task.cancel(), asked for by `code`, which native code stands in for; None: by what runs."""
    cdef CancelRequest request
    self.check_alive()
    if self.state != PENDING:
        self.unread = False
        return False
    request = request_of_caller(self, message)
    if code is not None:
        request._caller = code
        request._site = None
        request._limit = limit
    return cancel_chain(self, message, request)


cdef bint cancel_chain(Task self, object message, CancelRequest request) except -1:
    """Task.cancel along a chain of tasks that wait for each other, without recursion.

    asyncio recurses here: a chain of a thousand tasks, or a cycle, ends in a RecursionError.
    """
    cdef Task task = self
    cdef object awaited
    cdef PyObject *seen = NULL  # Brent's algorithm: one task of the cycle, if there is one
    cdef unsigned long links = 0
    cdef unsigned long look_again = 1
    while True:
        task.unread = False
        note_request(task, request)
        if task.ready is not None:
            tell_cancelled(task)
        while True:
            awaited = task.awaited()
            if type(awaited) is Task and (<Task>awaited).state == PENDING:
                break
            if awaited is not None and cancel_awaited(awaited, message):
                return 1
            if cancel_at_next_step(task, awaited, message):
                return 1
        if <PyObject *>awaited == seen or awaited is self:
            raise RecursionError(
                f"{self.get_name()} cannot be cancelled: "
                f"it waits for {awaited.get_name()}, which waits for itself"
            )
        links += 1
        if links > LONGEST_REPEATED and (<Task>awaited)._asked:
            if (<Task>awaited)._request is not request:
                return 1
        if links == look_again:
            seen = <PyObject *>awaited  # kept alive by the task that waits for it
            look_again *= 2
        task = <Task>awaited


cdef bint cancel_at_next_step(Task task, object awaited, object message) noexcept:
    """False, and nothing is done, if another thread has made the task go on since we looked."""
    cdef object _held = task._message
    cdef bint still
    if task.ready is not None:
        task.ready.note_thread(task, "cancel()")
    tl_lock(<PyObject *>task)
    still = task._waits_for is awaited
    if still:
        task._must_cancel_now = True
        task._message = message
    tl_unlock(<PyObject *>task)
    return still


cdef bint cancel_awaited(object awaited, object message) except -1:
    if type(awaited) is Future:
        (<Future>awaited).unread = False
        return (<Future>awaited).cancel_now(message)
    return awaited.cancel(msg=message)


cdef void tell_cancelled(Task task) noexcept:
    """The hooks of a cancel() request."""
    cdef Hooks hooks = task.ready.hooks
    hooks.cancels += 1
    if hooks.abandoned is not None and task._cancels == 1:
        if tl_running_code() == <PyObject *>_cancel_all_tasks:
            hooks.abandoned(task)
    if hooks.task_cancelled is not None:
        hooks.task_cancelled(task)


cdef void tell_wait(Task task, object awaited) noexcept:
    task.ready.hooks.wait_begins(task, awaited)


def interrupt(Task task, exception):
    """Take a suspended task off what it waits for, and throw `exception` into it at its next step.

    False, and nothing is done, if it is not suspended. To be called in the loop's thread.
    """
    cdef object awaited = task.awaited()
    if not isinstance(exception, BaseException):
        raise TypeError(f"an exception was expected, got {exception!r}")
    if task.state != PENDING or awaited is None or awaited.done():
        return False
    if not awaited.remove_done_callback(task._wakeup):
        return False  # its wake-up is on the way
    task.reschedule(exception)
    return True


cdef int start_eagerly(Task self, Hooks hooks) except -1:
    """The first step, inside the step (or callback) of whoever created the task."""
    cdef object loop = self._loop_object
    cdef object outer = None if hooks.published == NULL else <object>hooks.published
    if tl_context_is_entered(<PyObject *>self._run_context):
        self.quiet = True  # nobody gets hold of the task
        self.leave_live()
        raise RuntimeError(f"cannot enter context: {self._run_context} is already entered")
    try:
        self.step(NULL, False)
    except BaseException:
        self.quiet = True  # nobody gets hold of the task
        raise
    finally:
        if outer is None:
            leave_tasks(loop, hooks)
        else:
            publish(hooks, loop, <PyObject *>outer)
        forget_coroutine_at_end(self)
    return 0


cdef int forget_coroutine_at_end(Task self) except -1:
    """After an eager start."""
    cdef object _held = self._coroutine
    if self.state != PENDING and EAGER_END_FORGETS_COROUTINE:
        tl_lock(<PyObject *>self)
        self._coroutine = None
        tl_unlock(<PyObject *>self)
    return 0


cdef int start_on_foreign_loop(Task self, bint eager) except -1:
    """Register and start as asyncio's own Task does."""
    cdef object loop = self._loop_object
    if not eager:
        self.reschedule(None)
        tasks._register_task(self)
        return 0
    outer = tasks._swap_current_task(loop, self)
    try:
        tasks._register_eager_task(self)
        try:
            self.own_context().run(drive, self, None)
        finally:
            tasks._unregister_eager_task(self)
    finally:
        tasks._swap_current_task(loop, outer)
        if self.state == PENDING:
            tasks._register_task(self)
        forget_coroutine_at_end(self)
    return 0


cdef int step_on_foreign_loop(Task self, PyObject *exc) except -1:
    cdef object loop = self._loop_object
    tasks._enter_task(loop, self)
    try:
        drive(self, None if exc == NULL else <object>exc)
    finally:
        tasks._leave_task(loop, self)
    return 0


def drive(Task self, exc):
    """Resume a task of a loop that is not ours; its context is entered."""
    cdef PyObject *result = NULL
    cdef PySendResult how = tl_resume(
        <PyObject *>self._coroutine, NULL if exc is None else <PyObject *>exc, &result
    )
    if how == PYGEN_NEXT:
        try_suspend(self, result)
        return
    self.finish(how, tl_take_raised() if how == PYGEN_ERROR else result)


cdef int not_resumed(Task self) except -1:
    """The step could not begin. Without memory that is the coroutine's error."""
    # Else the context could not be entered (it is already): asyncio reports that and no more.
    cdef Handle handle
    if PyErr_ExceptionMatches(MemoryError):
        return self.reschedule(taken())
    handle = Handle.__new__(Handle)
    fill(handle, self._step, (), self._loop_object)
    handle.context = self.own_context()
    return handle.fail(None, self._step, ())


cdef object cancellation_of(Task self):
    """The CancelledError to throw; without memory for one, the error that says so."""
    try:
        return self.cancelled_error()
    except MemoryError as error:
        return error


cdef Task new_task(
    object loop, Ready ready, object coroutine, object name, object context, bint eager
):
    """A task on a loop of ours, not in debug mode."""
    cdef Task task = Task.__new__(Task)
    task._loop_object = loop
    task.ready = ready
    task.start(coroutine, name, context, eager)
    return task


cdef int task_traverse(PyObject *op, visitproc visit, void *arg) noexcept:
    """What Cython would generate, but it does not visit None."""
    return (  # _name is a str, _site a code object: neither is part of a cycle
        future_traverse(op, visit, arg)
        or tl_visit(<PyObject *>(<Task>op)._coroutine, visit, arg)
        or tl_visit(<PyObject *>(<Task>op)._run_context, visit, arg)
        or tl_visit(<PyObject *>(<Task>op)._waits_for, visit, arg)
    )


cdef void task_finalize(PyObject *op) noexcept:
    """Runs once, when the task is about to die."""
    cdef Task self = <Task>op
    cdef PyObject *raised
    if self.state == PENDING and not self.quiet and self._loop_object is not None:
        raised = tl_take_raised()
        report_destroyed(self)
        if raised != NULL:
            tl_raise(raised)
    future_finalize(op)


cdef void report_destroyed(Task self) noexcept:
    report = {"task": self, "message": "Task was destroyed but it is pending!"}
    if self._source:
        report["source_traceback"] = self._source
    self._loop_object.call_exception_handler(report)


tl_set_awaiter(<PyTypeObject *>Task, future_send, future_next)
tl_set_finalizer(<PyTypeObject *>Task, task_finalize)
tl_set_gc(<PyTypeObject *>Task, task_traverse, (<PyTypeObject *>Task).tp_clear)
task_pool_install(<PooledType *>Task)
