"""Operation: a coroutine of this package, written as two C functions."""

from trueloop.kernel.future cimport Future
from trueloop.kernel.slots cimport PyTypeObject, sendfunc

cdef enum Stage:
    FRESH          # nobody has awaited it yet
    UNDER_WAY      # it waits for `future`
    PAUSED         # it lets all others go first, once
    RAISING        # what the step returned is to be raised
    RETURNING      # it is the result, in spite of the error that ended the wait
    OVER

cdef class Operation:
    cdef Future future             # what it waits for; None while it waits for nothing
    cdef char stage                # a Stage
    cdef object origin             # cr_origin: who made it, if that is noted; else None
    cdef object __weakref__

    # The first step. What it returns ends the operation, unless it has set `future`, to wait for,
    # or `stage`: to PAUSED, to go on in the next pass, or to RAISING, if it returns an exception
    # that is to leave without a frame of ours.
    cdef object begin(self)
    # The step after a wait for `future`. `error` is what that ended with or what was thrown in
    # meanwhile, None if there is a result. It is raised on return, unless `future` or `stage` is
    # set again.
    cdef object wake(self, Future future, object error)

cdef object mark_coroutine_function(object function)
cdef int note_origin(Operation self) except -1
cdef int make_coroutine(PyTypeObject *type) except -1

# One resumption, for an operation that has slots of its own but wants the base's now and then.
cdef sendfunc quietly_send
