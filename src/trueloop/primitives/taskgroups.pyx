"""TaskGroup: asyncio's of the running version, native.

Law: which tasks belong together, and what one's failure means for the others; how tasks are made is
in spawning.pyx, what differs between versions of asyncio in groupversions.py.

The group listens to its children (the kernel's waiters.pyx). One that has not failed is forgotten
as it ends, while others are still at work: only the last one, and one that fails, are heard of in
the next pass, as asyncio hears of each.

Its slots have asyncio's names, so that asyncio's own methods can do what is seldom done: refuse a
task, make one on a loop of somebody else's, and all, where a subclass or somebody else has replaced
one of the private methods.

Ownership: the group owns its children until it has heard of their end, and the task that has
entered it; a pending child owns the group.
"""

cimport cython
from cpython.object cimport PyObject
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE

import sys
from asyncio import taskgroups
from asyncio.exceptions import CancelledError

from trueloop.kernel.currenttask cimport current_task
from trueloop.kernel.future cimport CANCELLED, PENDING
from trueloop.kernel.loop cimport Loop
from trueloop.kernel.runningloop cimport running_loop
from trueloop.kernel.slots cimport (
    METH_FASTCALL, METH_KEYWORDS, PyCFunction, PyMethodDef, PyTypeObject, tl_add_method,
)
from trueloop.kernel.task cimport cancel_task
from trueloop.kernel.waiters cimport LISTENS
from trueloop.primitives import groupversions
from trueloop.primitives.operation cimport (
    RAISING, RETURNING, Operation, is_own, make_coroutine, new_future,
)
from trueloop.primitives.spawning cimport is_spawnable, spawn, spawning_loop

cdef extern from "cpython.h":
    PyObject *tl_type_attribute(PyObject *, PyObject *) noexcept

cdef extern from *:
    """
    #include "pool.h"
    TL_POOL(group_enter_pool, 64)
    TL_POOL(group_exit_pool, 256)
    """
    ctypedef struct PooledType "PyTypeObject":
        pass
    void group_enter_pool_install(PooledType *) noexcept
    void group_exit_pool_install(PooledType *) noexcept

cdef extern from *:
    """
    /* 1: this thread is just leaving a group that takes back its own cancel(); 2: because of an
     * exception in the block. */
    static _Thread_local int tl_leaving_group;
    """
    int tl_leaving_group

cdef object _CancelledError = CancelledError
cdef object asyncios = taskgroups.TaskGroup
cdef object asyncios_aexit = getattr(asyncios, "_aexit", None)
# In whose stead tasks are cancelled: who asks for the reason is told of this code.
cdef object ABORT = asyncios._abort.__code__
cdef object ON_TASK_DONE = asyncios._on_task_done.__code__
cdef object AEXIT = (asyncios.__aexit__ if asyncios_aexit is None else asyncios_aexit).__code__

cdef bint UNCANCELS_LAST = groupversions.UNCANCELS_LAST
cdef bint TAKES_SUBCLASSES = groupversions.TAKES_SUBCLASSES
cdef bint CANCELS_AGAIN = groupversions.CANCELS_AGAIN
cdef bint MINDS_OTHER_REQUESTS = groupversions.MINDS_OTHER_REQUESTS
cdef bint LETS_GENERATORS_END = groupversions.LETS_GENERATORS_END
cdef bint SUPPRESSES_THE_REST = groupversions.SUPPRESSES_THE_REST
cdef bint FORGETS_AT_THE_END = groupversions.FORGETS_AT_THE_END
cdef bint LOOKS_AT_ONCE = groupversions.LOOKS_AT_ONCE
cdef bint CANCELS_LATECOMERS = groupversions.CANCELS_LATECOMERS

cdef str NAME = sys.intern("name")
cdef str CONTEXT = sys.intern("context")
cdef str AEXIT_NAME = sys.intern("_aexit")
cdef str ABORT_NAME = sys.intern("_abort")
cdef str ON_TASK_DONE_NAME = sys.intern("_on_task_done")
cdef str IS_BASE_ERROR_NAME = sys.intern("_is_base_error")


def leaving():
    """Whether the block has failed of a group that takes back its cancel() now; None: none does.

    Asked by whoever is told of uncancel(): asyncio's has a frame there, TaskGroup.__aexit__.
    """
    return tl_leaving_group == 2 if tl_leaving_group else None


cdef bint is_cancelled(object kind) except -1:
    if TAKES_SUBCLASSES:
        return kind is not None and issubclass(kind, _CancelledError)
    return kind is _CancelledError


cdef bint is_base_error(object error) noexcept:
    return isinstance(error, (SystemExit, KeyboardInterrupt))


cdef int cancel(object task, object code) except -1:
    if type(task) is Task:
        cancel_task(<Task>task, None, code, None)
    else:
        task.cancel()
    return 0


cdef class TaskGroup(Listener):
    """asyncio.TaskGroup."""

    def __cinit__(self, *args, **kwargs):
        self._tasks = set()
        self._errors = []

    def __aenter__(self):
        cdef GroupEnter operation = GroupEnter.__new__(GroupEnter)
        operation.group = self
        return operation

    def __aexit__(self, et, exc, tb):
        cdef GroupExit operation
        if self.at_length:
            return asyncios.__aexit__(self, et, exc, tb)
        operation = GroupExit.__new__(GroupExit)
        operation.group = self
        operation.kind = et
        operation.error = exc
        return operation

    cdef int enter(self) except -1:
        if self._entered:
            raise RuntimeError(f"TaskGroup {self!r} has already been entered")
        if self._loop is None:
            self._loop = running_loop()
            if self._loop is None:
                raise RuntimeError("no running event loop")
        self._parent_task = current_task()
        if self._parent_task is None:
            raise RuntimeError(f"TaskGroup {self!r} cannot determine the parent task")
        self.at_length = not is_as_usual(self)
        self._entered = True
        if self._cancel_on_enter:
            self.cancel()
        return 0

    # -- its children

    cdef int add(self, Task task) except -1:
        """A child that has just been made."""
        if LOOKS_AT_ONCE and task.state != PENDING:
            return self.note_end(task)
        self._tasks.add(task)
        task.add_waiter(self, LISTENS)
        if CANCELS_LATECOMERS and self._aborting and task.state == PENDING:
            cancel(task, ABORT)
        return 0

    cdef bint wants(self, object future) noexcept:
        cdef Task task = <Task>future
        if task.state == CANCELLED or not task.failed:
            if len(self._tasks) - self.unheard > 1:
                self._tasks.discard(task)
                return False
        self.unheard += 1
        return True

    cdef int hear(self, object future) except -1:
        self.unheard -= 1
        return self.note_end(future)

    cdef object shown(self):
        return self._on_task_done

    cdef int note_end(self, object task) except -1:
        """A child has ended; all that asyncio's done-callback does."""
        self._tasks.discard(task)
        if self._on_completed_fut is not None and not self._tasks:
            if not self._on_completed_fut.done():
                self._on_completed_fut.set_result(True)
        if type(task) is not Task:
            return 0 if task.cancelled() else self.note_error(task, task.exception())
        if (<Task>task).state == CANCELLED or not (<Task>task).failed:
            return 0
        (<Task>task).note_read()
        return self.note_error(task, (<Task>task)._value)

    cdef int note_error(self, object task, object error) except -1:
        if error is None:
            return 0
        try:
            self._errors.append(error)
        except MemoryError as lack:  # then the group ends with this one
            if self._base_error is None:
                self._base_error = lack
        if is_base_error(error) and self._base_error is None:
            self._base_error = error
        if self._parent_task.done():
            self._loop.call_exception_handler({
                "message": f"Task {task!r} has errored out but its parent "
                           f"task {self._parent_task} is already completed",
                "exception": error,
                "task": task,
            })
        elif not self._aborting and not self._parent_cancel_requested:
            try:
                self.abort()
            finally:
                self._parent_cancel_requested = True
                cancel(self._parent_task, ON_TASK_DONE)
        return 0

    cdef int abort(self) except -1:
        """Tell all children to end."""
        cdef object tasks = self._tasks
        self._aborting = True
        try:
            tasks = list(tasks)
        except MemoryError:
            pass  # the copy is for a program's own tasks: none of ours ends by being cancelled
        for task in tasks:
            if not task.done():
                cancel(task, ABORT)
        return 0

    # -- by which asyncio's methods call each other

    def _on_task_done(self, task):
        if self.at_length:
            asyncios._on_task_done(self, task)
        else:
            self.note_end(task)

    def _abort(self):
        self.abort()

    def _is_base_error(self, exc):
        return is_base_error(exc)


cdef object _on_task_done = TaskGroup.__dict__["_on_task_done"]
cdef object _abort = TaskGroup.__dict__["_abort"]
cdef object _is_base_error = TaskGroup.__dict__["_is_base_error"]


cdef bint is_as_usual(TaskGroup group) except -1:
    """Whether nobody has replaced a method that others would have to call."""
    cdef PyObject *aexit = tl_type_attribute(<PyObject *>group, <PyObject *>AEXIT_NAME)
    return (
        (aexit == NULL or <object>aexit is asyncios_aexit)
        and is_own(group, ON_TASK_DONE_NAME, _on_task_done)
        and is_own(group, ABORT_NAME, _abort)
        and is_own(group, IS_BASE_ERROR_NAME, _is_base_error)
    )


@cython.final
cdef class GroupEnter(Operation):
    cdef TaskGroup group

    stands_for = asyncios.__aenter__.__code__

    def __await__(self):  # and so it has async slots of its own
        return self

    @property
    def __qualname__(self):
        return "TaskGroup.__aenter__"

    cdef object begin(self):
        self.group.enter()
        return self.group


@cython.final
cdef class GroupExit(Operation):
    cdef TaskGroup group
    cdef object kind               # of the block's exception, or None
    cdef object error              # that exception
    cdef object cancelled          # the CancelledError that is to go on
    cdef object last_cancelled     # that has ended the last wait

    stands_for = AEXIT

    def __await__(self):  # and so it has async slots of its own
        return self

    @property
    def __qualname__(self):
        return "TaskGroup.__aexit__"

    cdef object begin(self):
        cdef TaskGroup group = self.group
        group._exiting = True
        if is_base_error(self.error) and group._base_error is None:
            group._base_error = self.error
        self.cancelled = self.error if is_cancelled(self.kind) else None
        if not UNCANCELS_LAST and group._parent_cancel_requested and self.uncancel() == 0:
            self.cancelled = None
        if self.kind is not None and not group._aborting:
            group.abort()
        return self.go_on()

    cdef object wake(self, Future future, object error):
        cdef TaskGroup group = self.group
        cdef object answer
        if error is not None:
            if not isinstance(error, _CancelledError):
                return self.forget(None)  # and it is raised
            self.last_cancelled = error
            if not group._aborting:
                self.cancelled = error
                group.abort()
        group._on_completed_fut = None
        answer = self.go_on()
        if error is not None and self.future is None and self.stage != RAISING:
            self.stage = RETURNING
        return answer

    cdef object go_on(self):
        """Wait for the children, or end."""
        cdef TaskGroup group = self.group
        cdef object answer
        if group._tasks:
            if group._on_completed_fut is None:
                group._on_completed_fut = new_future(group._loop)
            self.future = group._on_completed_fut
            return None
        answer = self.outcome()
        if answer is not None:
            self.stage = RAISING
        elif SUPPRESSES_THE_REST:
            answer = True
        return self.forget(answer)

    cdef object outcome(self):
        """All children have ended: the exception to raise, or None."""
        cdef TaskGroup group = self.group
        cdef object error
        if group._base_error is not None:
            return group._base_error
        if UNCANCELS_LAST and group._parent_cancel_requested:
            if self.uncancel() == 0:
                self.cancelled = None
            elif MINDS_OTHER_REQUESTS and self.cancelled is None:
                self.cancelled = self.last_cancelled
        if self.cancelled is not None and not group._errors:
            return self.cancelled
        if self.kind is not None and not is_cancelled(self.kind):
            group._errors.append(self.error)
        if not group._errors:
            return None
        if CANCELS_AGAIN and group._parent_task.cancelling():
            self.uncancel()
            cancel(group._parent_task, AEXIT)
        if LETS_GENERATORS_END and self.kind is not None and len(group._errors) == 1:
            if issubclass(self.kind, GeneratorExit):
                return self.error
        error = BaseExceptionGroup("unhandled errors in a TaskGroup", group._errors)
        error.__suppress_context__ = True
        group._errors = None
        return error

    cdef object uncancel(self):
        """The group takes back its cancel() of the host; how many of others remain."""
        global tl_leaving_group
        tl_leaving_group = 1 if self.kind is None else 2
        try:
            return self.group._parent_task.uncancel()
        finally:
            tl_leaving_group = 0

    cdef object forget(self, object answer):
        """It is over; `answer` is passed on."""
        cdef TaskGroup group = self.group
        self.kind = self.error = self.cancelled = self.last_cancelled = None
        if FORGETS_AT_THE_END:
            group._parent_task = group._errors = group._base_error = None
        return answer


# ---- create_task, without a dict for its keywords

cdef object create_task(TaskGroup self, PyObject **given, Py_ssize_t count, PyObject *keywords):
    """Take the usual arguments from where the caller has put them; leave all else to asyncio."""
    cdef object name = None
    cdef object context = None
    cdef Loop loop = None
    cdef Task task
    cdef Py_ssize_t named = 0 if keywords == NULL else PyTuple_GET_SIZE(<object>keywords)
    cdef Py_ssize_t i = 0
    cdef bint usual = (
        count == 1 and self._entered and not self._aborting and not self.at_length
        and not (self._exiting and not self._tasks) and is_spawnable(<object>given[0])
    )
    while usual and i < named:
        keyword = <object>PyTuple_GET_ITEM(<object>keywords, i)
        if keyword is NAME:
            name = <object>given[count + i]
        elif keyword is CONTEXT:
            context = <object>given[count + i]
        else:
            usual = False
        i += 1
    if usual:
        loop = spawning_loop()
    if loop is not None and name is not None and loop._task_factory is not None:
        loop = None  # up to 3.12 an eager task has its name after its first step
    if loop is None or loop is not self._loop:
        return asyncios.create_task(
            self,
            *[<object>given[i] for i in range(count)],
            **{
                <object>PyTuple_GET_ITEM(<object>keywords, i): <object>given[count + i]
                for i in range(named)
            },
        )
    task = spawn(loop, <object>given[0], name, context)
    self.add(task)
    return task


cdef PyMethodDef _create_task_method
_create_task_method.ml_name = "create_task"
_create_task_method.ml_meth = <PyCFunction><void *>create_task
_create_task_method.ml_flags = METH_FASTCALL | METH_KEYWORDS
_create_task_method.ml_doc = b"Make a task that belongs to the group; see asyncio.TaskGroup."
tl_add_method(<PyTypeObject *>TaskGroup, &_create_task_method)

group_enter_pool_install(<PooledType *>GroupEnter)
group_exit_pool_install(<PooledType *>GroupExit)
make_coroutine(<PyTypeObject *>GroupEnter)
make_coroutine(<PyTypeObject *>GroupExit)
