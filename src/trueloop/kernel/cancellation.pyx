"""Cancellation: who asked for it, and the exceptions that come of it.

Law: remembers; decides nothing. A request holds no task and no frame, only code objects and text,
so that it keeps nothing of the program alive.

Every CancelledError that a request brings about carries it, in a slot that each exception object of
CPython has and that CPython itself does not use (cpython.h): that costs one reference, and nobody
who does not ask for it sees it.
"""

cimport cython

from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF

from trueloop.kernel.clock cimport monotonic_s
from trueloop.kernel.hooks cimport place_of, plumbing, tl_call_site

cdef extern from "cpython.h":
    PyObject *tl_running_code() noexcept
    PyObject **tl_spare_slot(object exception) noexcept


@cython.final
@cython.no_gc
@cython.freelist(256)
cdef class CancelRequest:
    """One call of task.cancel()."""

    @property
    def by(self):
        """Name of the task that asked; None if no task did: a callback, or another thread."""
        if self._name is None and self._number:
            return f"Task-{self._number}"
        return self._name

    @property
    def site(self):
        """(file name, line, function) of the innermost frame, but for asyncio's task makers."""
        return place_of(self._site, self._site_offset)

    @property
    def caller(self):
        """The code object that called cancel(): the program's or asyncio's; None: C code did."""
        return self._caller

    @property
    def time_s(self):
        """When, in seconds of time.monotonic()."""
        return self._time_s

    @property
    def message(self):
        """What cancel() was given."""
        return self._message

    @property
    def limit(self):
        """Of a native timeout: the code that entered it, the offset there, and its seconds."""
        return self._limit


cdef CancelRequest new_request(object name, unsigned long number, object message):
    """A request of the code that is running, by the task of that name or number."""
    cdef CancelRequest request = CancelRequest.__new__(CancelRequest)
    cdef PyObject *caller = tl_running_code()
    request._site = tl_call_site(plumbing(), &request._site_offset)
    request._caller = None if caller == NULL else <object>caller
    request._name = name
    request._number = number
    request._time_s = monotonic_s()
    request._message = message
    return request


cdef void carry(object exception, CancelRequest request) noexcept:
    cdef PyObject **slot = tl_spare_slot(exception)
    if slot[0] == NULL and request is not None:
        Py_INCREF(request)  # the slot owns it; the exception's own dealloc lets go of it
        slot[0] = <PyObject *>request


def request_of(exception) -> CancelRequest | None:
    """The request that brought the exception about; None if none is known."""
    cdef PyObject *found
    if not isinstance(exception, BaseException):
        raise TypeError(f"an exception was expected, got {exception!r}")
    found = tl_spare_slot(exception)[0]
    if found == NULL or type(<object>found) is not CancelRequest:
        return None
    return <object>found
