"""The tasks that a primitive makes itself, without a call of the loop's create_task()."""

from trueloop.kernel.loop cimport Loop
from trueloop.kernel.task cimport Task

# The running loop, if a task of it can be made by spawn(); else None.
cdef Loop spawning_loop()

# Whether spawn() takes it: a coroutine of Python's, or one of this package.
cdef bint is_spawnable(object coroutine) noexcept

# loop.create_task(coroutine, name=name, context=context), for such a loop.
cdef Task spawn(Loop loop, object coroutine, object name, object context)
