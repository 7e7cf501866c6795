"""A scheduled callback with its context."""

from trueloop.kernel.hooks cimport Hooks, plumbing, tl_call_site


cdef class Handle:
    cdef readonly object _callback          # None once cancelled
    cdef readonly object _args              # tuple; None once cancelled
    cdef object context            # slot of the context the callback runs in (context.pxd)
    cdef readonly object _loop
    cdef readonly object _source_traceback  # StackSummary in debug mode, else None
    cdef object _site              # code object that scheduled it, or None
    cdef int _site_offset          # and where in that code
    cdef object _repr                       # repr() before a cancel in debug mode, else None
    cdef readonly bint _cancelled
    cdef object __weakref__

    cdef object own_context(self)
    cdef object keep_context(self, object context)
    cdef int run(self) except -1
    cdef int fail(self, object entered, object callback, object args) except -1


cdef inline int fill(Handle handle, object callback, object args, object loop) except -1:
    handle._callback = callback
    handle._args = args
    handle._loop = loop
    handle._site = tl_call_site(plumbing(), &handle._site_offset)
    return 0


# Handle.run, whatever a subclass does.
cdef int run_handle(Handle self) except -1
# Call `callback` with one argument in `context`: the hot part of running a done-callback.
cdef int run_callback(object callback, object argument, object loop, object context) except -1
# It has raised `exc`.
cdef int fail_callback(object exc, object callback, object argument, object loop) except -1
cdef void tell_failure(Hooks hooks, object loop, object report) noexcept
cdef str describe_callback(object callback, object args, object loop)
cdef int raise_again(object exc) except -1
