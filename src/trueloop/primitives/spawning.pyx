"""Spawning: the tasks that a primitive makes itself.

Law: knows when a task can be made without asking the loop's create_task(), and knows no primitive.

Not where somebody else has a say in it: in a loop that is not ours, in debug mode, with a task
factory other than asyncio's eager one, or where create_task() was overridden or replaced.
"""

import sys

from trueloop.kernel.differences cimport eager_task_factory
from trueloop.kernel.runningloop cimport running_loop
from trueloop.kernel.task cimport new_task
from trueloop.primitives.operation cimport Operation, is_own

cdef extern from "Python.h":
    int PyCoro_CheckExact(object) noexcept

cdef str CREATE_TASK = sys.intern("create_task")
cdef object _create_task = Loop.__dict__["create_task"]


cdef Loop spawning_loop():
    cdef object running = running_loop()
    cdef Loop loop
    if running is None or not isinstance(running, Loop):
        return None
    loop = <Loop>running
    if loop._debug or loop._closed or loop.ready_queue.detour is not None:
        return None
    if loop._task_factory is not None and loop._task_factory is not eager_task_factory:
        return None
    return loop if is_own(loop, CREATE_TASK, _create_task) else None


cdef bint is_spawnable(object coroutine) noexcept:
    return PyCoro_CheckExact(coroutine) or isinstance(coroutine, Operation)


cdef Task spawn(Loop loop, object coroutine, object name, object context):
    return new_task(
        loop, loop.ready_queue, coroutine, name, context, loop._task_factory is not None
    )
