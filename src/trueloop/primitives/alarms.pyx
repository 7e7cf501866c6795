"""Alarms: timers of whatever loop runs, set and stopped from C.

Law: knows how to tell a loop of a timer; not what it is for.

A loop of ours puts it straight into its heap. A loop of which a subclass or somebody else has
replaced the clock or the timers, and any loop that is not ours, is asked by asyncio's methods.
"""

from cpython.object cimport PyObject

from trueloop.kernel.clock cimport monotonic_s
from trueloop.kernel.freethreading cimport tl_lock, tl_unlock
from trueloop.kernel.loop cimport Loop
from trueloop.kernel.timers cimport TimerHandle, TimerHeap


cdef inline bint is_plain(object loop) noexcept:
    return isinstance(loop, Loop) and (<Loop>loop)._own_timers


cdef object ring_after(object loop, object delay, object callback, tuple args):
    if is_plain(loop):
        return (<Loop>loop).arm(monotonic_s() + delay, None, callback, args, None)
    return loop.call_later(delay, callback, *args)


cdef object ring_at(object loop, object when, object callback, tuple args):
    if is_plain(loop) and (type(when) is float or type(when) is int):
        if <double>when > monotonic_s():
            return (<Loop>loop).arm(when, when, callback, args, None)
    elif not when <= loop.time():
        return loop.call_at(when, callback, *args)
    return loop.call_soon(callback, *args)


cdef object time_after(object loop, object delay):
    if is_plain(loop):
        return monotonic_s() + delay
    return loop.time() + delay


cdef int disarm(object handle) except -1:
    cdef TimerHandle timer
    cdef TimerHeap timers
    cdef object _held_callback
    cdef object _held_args
    if type(handle) is not TimerHandle or (<TimerHandle>handle)._source_traceback is not None:
        handle.cancel()
        return 0
    timer = <TimerHandle>handle
    timers = timer._timers
    if timers is not None:
        timers.remove(timer)
    tl_lock(<PyObject *>timer)
    timer._cancelled = True
    _held_callback = timer._callback
    _held_args = timer._args
    timer._callback = None
    timer._args = None
    tl_unlock(<PyObject *>timer)
    return 0
