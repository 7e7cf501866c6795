"""Who is the current task, as asyncio sees it, and which context is entered for tasks."""

from cpython.object cimport PyObject

from trueloop.kernel.hooks cimport Hooks

cdef object current_task()
cdef int publish_other(Hooks hooks, object loop, PyObject *task) except -1
cdef void leave_entered(Hooks hooks) noexcept

# To be called before anything but a step runs: no task is current any more.
cdef void leave_tasks(object loop, Hooks hooks) noexcept


cdef inline int publish(Hooks hooks, object loop, PyObject *task) except -1:
    """Make `task` the current one."""
    return 0 if hooks.published == task else publish_other(hooks, loop, task)


cdef inline void leave_context(Hooks hooks) noexcept:
    """Leave the context that is entered for the next step, if there is one."""
    if hooks.entered != NULL:
        leave_entered(hooks)
