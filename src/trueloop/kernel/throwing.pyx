"""The arguments of throw(): PEP 342 has three of them, of which today's Python uses one.

Law: makes one exception of them, or raises what a generator's throw() would; knows no awaitable.
"""

import types
import warnings

from trueloop.kernel.differences cimport THROW_WARNS


cdef object thrown(object what, tuple more):
    """The exception to throw, with its traceback; TypeError if the arguments make none."""
    if more and THROW_WARNS:
        warnings.warn(
            "the (type, exc, tb) signature of throw() is deprecated, "
            "use the single-arg signature instead.",
            DeprecationWarning,
            stacklevel=1,
        )
    value, traceback = (*more, None, None)[:2]
    if traceback is not None and not isinstance(traceback, types.TracebackType):
        raise TypeError("throw() third argument must be a traceback")
    if isinstance(what, BaseException):
        if value is not None:
            raise TypeError("instance exception may not have a separate value")
        exc = what
    elif isinstance(what, type) and issubclass(what, BaseException):
        is_one = isinstance(value, what)
        exc = value if is_one else what() if value is None else what(value)
    else:
        raise TypeError(
            f"exceptions must be classes deriving BaseException or instances of such a class, "
            f"not {type(what).__name__}"
        )
    return exc if traceback is None else exc.with_traceback(traceback)
