"""TaskGroup: tasks that end together."""

from trueloop.kernel.future cimport Future
from trueloop.kernel.task cimport Task
from trueloop.kernel.waiters cimport Listener


cdef class TaskGroup(Listener):
    # Under asyncio's names: asyncio's own methods work on them, too.
    cdef public bint _entered
    cdef public bint _exiting
    cdef public bint _aborting
    cdef public bint _parent_cancel_requested
    cdef public bint _cancel_on_enter
    cdef public object _loop
    cdef public object _parent_task        # the task that has entered it
    cdef public set _tasks                 # of which it has not heard the end
    cdef public object _errors             # a list; None when it is over
    cdef public object _base_error
    cdef public object _on_completed_fut   # while the host waits for the children

    cdef Py_ssize_t unheard        # of _tasks, those that are done
    cdef bint at_length            # a method that asyncio's call each other by was replaced
    cdef object __weakref__

    cdef int enter(self) except -1
    cdef int add(self, Task task) except -1
    cdef int note_end(self, object task) except -1
    cdef int note_error(self, object task, object error) except -1
    cdef int abort(self) except -1
