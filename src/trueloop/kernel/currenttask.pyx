"""Who is the current task, as asyncio sees it, and which context is entered for tasks.

Law: knows where asyncio looks for the current task; to this module a task is a pointer.

asyncio's current_task() reads a dict; from 3.14 on, a slot of the thread state. It is written when
another task than the last one steps, and emptied before anything that is not a task runs. Likewise
a shared context stays entered for the next step, which most likely shares it.

A dict that the loops of all threads write to at every step would make them wait for each other. So
up to 3.13 a free-threaded build writes nothing: asyncio's current_task() asks the loop instead. The
built-in function itself is taught that, so it does not matter who has imported it before.

Ownership: where asyncio looks owns the task that hooks.published points to; if asyncio asks, the
pointer itself owns it.
"""

import sys
from asyncio import events, tasks

from cpython.ref cimport Py_DECREF, Py_INCREF

from trueloop.kernel.freethreading cimport TL_FREE_THREADED, tl_lock, tl_unlock
from trueloop.kernel.runningloop cimport running_loop

cdef extern from "cpython.h":
    int tl_publish_task(PyObject *, PyObject *, Py_hash_t, PyObject *) noexcept
    void tl_unpublish_task(PyObject *, PyObject *, Py_hash_t) noexcept
    PyObject **tl_current_task_slot() noexcept

cdef extern from "Python.h":
    int PyContext_Exit(PyObject *) noexcept

cdef object _current_tasks = tasks._current_tasks  # up to 3.13: loop -> task


cdef object swap_unless_slot_is_known():
    """None if the thread state's slot is what asyncio writes to, else asyncio's own function.

    The slot is private, so a patch release may move it; asyncio's function costs a Python call.
    """
    cdef PyObject **slot = tl_current_task_slot()
    if slot == NULL:
        return None
    mark = object()
    loop = events._get_running_loop()
    if loop is None:
        events._set_running_loop(mark)
    try:
        before = tasks._swap_current_task(loop or mark, mark)
        known = slot[0] == <PyObject *>mark
        tasks._swap_current_task(loop or mark, before)
    finally:
        if loop is None:
            events._set_running_loop(None)
    return None if known else tasks._swap_current_task

cdef object _swap_current_task = swap_unless_slot_is_known()


def publishes_natively():
    """Whether the current task is written where asyncio reads it, without a Python call."""
    return _swap_current_task is None


# ---- being asked, instead of telling

cdef extern from "freethreading.h":
    """
    typedef PyObject *(*tl_fastcall)(PyObject *, PyObject *const *, Py_ssize_t, PyObject *);
    static tl_fastcall tl_asyncios_answer;
    static PyObject *(*tl_own_answer)(PyObject *loop);

    /* asyncio's answer first: a task of its own that runs on our loop has said who it is. */
    static PyObject *tl_current_task(
        PyObject *module, PyObject *const *args, Py_ssize_t n, PyObject *names
    ) {
        PyObject *answer = tl_asyncios_answer(module, args, n, names);
        if (answer != Py_None)
            return answer;
        Py_DECREF(answer);
        Py_ssize_t given = n + (names == NULL ? 0 : PyTuple_GET_SIZE(names));
        return tl_own_answer(given ? args[0] : Py_None);
    }

    static int tl_let_answer(PyObject *function, PyObject *(*own_answer)(PyObject *)) {
        if (!PyCFunction_CheckExact(function))
            return 0;
        PyMethodDef *method = ((PyCFunctionObject *)function)->m_ml;
        if (method->ml_flags != (METH_FASTCALL | METH_KEYWORDS))
            return 0;
        tl_own_answer = own_answer;
        tl_asyncios_answer = (tl_fastcall)(void (*)(void))method->ml_meth;
        method->ml_meth = (PyCFunction)(void (*)(void))tl_current_task;
        return 1;
    }
    """
    bint tl_let_answer(object, object (*)(object)) noexcept

cdef object current_task_of(object loop):
    """The task of ours that runs on a loop (None: on this thread's), or None."""
    cdef object running = events._get_running_loop()
    cdef object hooks = getattr(running if loop is None else loop, "hooks", None)
    if type(hooks) is not Hooks:
        return None
    if loop is not None and loop is not running:
        return current_task_elsewhere(hooks)
    return None if (<Hooks>hooks).published == NULL else <object>(<Hooks>hooks).published


cdef object current_task_elsewhere(Hooks hooks):
    """The same of another thread's loop: what is in its list, under the lock, is alive."""
    cdef PyObject *published
    cdef object found = None
    cdef Py_ssize_t i
    tl_lock(<PyObject *>hooks)
    published = hooks.published
    for i in range(hooks.live_count):
        if hooks.live[i] == published:
            found = <object>published
            break
    tl_unlock(<PyObject *>hooks)
    return found


cdef bint _is_asked = (
    TL_FREE_THREADED
    and sys.version_info < (3, 14)
    and tl_let_answer(tasks.current_task, current_task_of)
)


cdef object _current_task = tasks.current_task


cdef object current_task():
    """What asyncio's current_task() gives; RuntimeError if no loop runs here."""
    cdef PyObject **slot = tl_current_task_slot()
    cdef object loop = running_loop()
    if loop is None or _is_asked or _swap_current_task is not None:
        return _current_task()
    if slot == NULL:
        return (<dict>_current_tasks).get(loop)
    return None if slot[0] == NULL else <object>slot[0]


cdef int publish_other(Hooks hooks, object loop, PyObject *task) except -1:
    cdef PyObject *before
    if hooks.published == task:
        return 0
    if _is_asked:
        before = hooks.published
        Py_INCREF(<object>task)
        hooks.published = task
        if before != NULL:
            Py_DECREF(<object>before)
        return 0
    if _swap_current_task is not None:
        _swap_current_task(loop, <object>task)
    elif tl_publish_task(
        <PyObject *>_current_tasks, <PyObject *>loop, hooks.loop_hash, task
    ) < 0:
        return -1
    hooks.published = task
    return 0


cdef void leave_entered(Hooks hooks) noexcept:
    # PyContext_Exit gives up the thread state's reference before it is done with the object.
    cdef object context = <object>hooks.entered
    hooks.entered = NULL
    PyContext_Exit(<PyObject *>context)


cdef void leave_tasks(object loop, Hooks hooks) noexcept:
    """No task is current any more: something else is about to run, or nothing."""
    cdef PyObject *before = hooks.published
    leave_context(hooks)
    if before != NULL:
        hooks.published = NULL
        if _is_asked:
            Py_DECREF(<object>before)
        elif _swap_current_task is not None:
            _swap_current_task(loop, None)
        else:
            tl_unpublish_task(<PyObject *>_current_tasks, <PyObject *>loop, hooks.loop_hash)
