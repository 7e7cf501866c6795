"""Operation, and what primitives need besides."""

from trueloop.kernel.future cimport Future
from trueloop.kernel.operation cimport (
    FRESH, OVER, PAUSED, RAISING, RETURNING, UNDER_WAY,
    Operation, make_coroutine, mark_coroutine_function, note_origin, quietly_send,
)

# Awaiting it gives None at once.
cdef object NOTHING

# Whether a method is the one that stands here, and nobody's in a subclass or in the instance.
cdef bint is_own(object primitive, str name, object method) except -1

# What loop.create_future() makes on a loop of ours; one of ours on any other, too.
cdef Future new_future(object loop)
