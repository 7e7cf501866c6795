"""The loop that runs in this thread, as asyncio sees it.

Law: knows where asyncio keeps it, and asks asyncio if that is not so any more.
"""

import os
from asyncio import events

from cpython.object cimport PyObject

cdef extern from "runningloop.h":
    PyObject *tl_running_loop() noexcept
    void tl_note_process() noexcept


def _note_process():
    tl_note_process()


cdef bint place_is_known() except -1:
    """Whether asyncio's place is the one we know. It is private: a patch release may move it."""
    cdef object mark = object()
    cdef object before = events._get_running_loop()
    events._set_running_loop(mark)
    try:
        return tl_running_loop() == <PyObject *>mark
    finally:
        events._set_running_loop(before)


tl_note_process()
os.register_at_fork(after_in_child=_note_process)
cdef bint _is_known = place_is_known()
cdef object _get_running_loop = events._get_running_loop


cdef object running_loop():
    cdef PyObject *loop
    if not _is_known:
        return _get_running_loop()
    loop = tl_running_loop()
    return None if loop == NULL else <object>loop
