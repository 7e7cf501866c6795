"""Waiters: what may stand in a future's list of those who wait, and how each is told."""

from cpython.object cimport PyObject

from trueloop.kernel.ready cimport CALLBACK, STEP, Ready


cdef class Listener:
    # A future that it listens to is done: whether hear() is to be called in the next pass, as
    # asyncio would call a done-callback. Called at once, by whichever thread has finished the
    # future: it must not run code of the program's.
    cdef bint wants(self, object future) noexcept
    # That call.
    cdef int hear(self, object future) except -1
    # What is shown as the done-callback.
    cdef object shown(self)


cdef class Callback(Listener):
    # One that is nothing else, and is shown as it is.
    pass

# Stands where a done-callback has its context.
cdef object LISTENS

# Let a listener hear of a future; what it raises is reported as a done-callback's error would be.
cdef int tell(Listener listener, object future, object loop, Ready ready) except -1

# A waiter as a done-callback, and the context that goes with it.
cdef object shown_callback(object who, object context)
cdef object shown_context(object who, object context)

# What is called in a Handle, where somebody has put their own in the way.
cdef object scheduled_callback(object who, object context)

cdef int queue_by_detour(object call_soon, object who, object context, object future) except -1


cdef inline int queue(Ready ready, object who, object context, object future) except -1:
    """The future is done: let who waits for it know in the next pass."""
    if context is LISTENS and not (<Listener>who).wants(future):
        return 0
    if ready.detour is not None:
        return queue_by_detour(ready.detour, who, context, future)
    if context is None:
        return ready.push(STEP, <PyObject *>who, NULL, NULL)
    return ready.push(CALLBACK, <PyObject *>who, <PyObject *>future, <PyObject *>context)
