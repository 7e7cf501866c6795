"""Who is the current task, as asyncio sees it, and which context is entered for tasks.

Law: knows where asyncio looks for the current task; to this module a task is a pointer.

asyncio's current_task() reads a dict; from 3.14 on, a slot of the thread state. It is written when
another task than the last one steps, and emptied before anything that is not a task runs. Likewise
a shared context stays entered for the next step, which most likely shares it.
"""

from asyncio import events, tasks

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


cdef int publish_other(Hooks hooks, object loop, PyObject *task) except -1:
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
    leave_context(hooks)
    if hooks.published != NULL:
        hooks.published = NULL
        if _swap_current_task is not None:
            _swap_current_task(loop, None)
        else:
            tl_unpublish_task(<PyObject *>_current_tasks, <PyObject *>loop, hooks.loop_hash)
