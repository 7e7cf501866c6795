"""Listening: how one Callback hears of the end of many futures, whoever made them.

Law: knows what is a future of ours, and no primitive.

A future of ours tells its listener in C. Any other, and all of them in debug mode, are given the
listener as a done-callback; from Python 3.14 on asyncio's own note whom they keep waiting.
"""

from asyncio import futures

from trueloop.kernel.future cimport PENDING, Future
from trueloop.kernel.loop cimport Loop
from trueloop.kernel.task cimport is_ours
from trueloop.kernel.waiters cimport LISTENS

cdef object _add_to_awaited_by = getattr(futures, "future_add_to_awaited_by", None)
cdef object _discard_from_awaited_by = getattr(futures, "future_discard_from_awaited_by", None)


cdef Ready listening_queue(object loop):
    if not isinstance(loop, Loop) or (<Loop>loop)._debug:
        return None
    return (<Loop>loop).ready_queue


cdef bint is_listened_to(object future, Ready ready) noexcept:
    return ready is not None and is_ours(future) and (<Future>future).ready is ready


cdef int listen(Callback listener, object future, Ready ready, object task) except -1:
    if is_listened_to(future, ready):
        return (<Future>future).add_waiter(listener, LISTENS)
    future.add_done_callback(listener)
    if _add_to_awaited_by is not None:
        _add_to_awaited_by(future, task)
    return 0


cdef int unlisten(Callback listener, object future, Ready ready, object task) except -1:
    if is_listened_to(future, ready):
        return (<Future>future).forget(listener) if (<Future>future).state == PENDING else 0
    future.remove_done_callback(listener)
    if _discard_from_awaited_by is not None:
        _discard_from_awaited_by(future, task)
    return 0
