"""Timers of whatever loop runs, set and stopped from C."""

# callback(*args) after `delay` seconds of the loop's time; the loop's handle.
cdef object ring_after(object loop, object delay, object callback, tuple args)

# callback(*args) at a time of the loop, in the next pass if that has come already.
cdef object ring_at(object loop, object when, object callback, tuple args)

# The sum of the loop's time and `delay`.
cdef object time_after(object loop, object delay)

# handle.cancel().
cdef int disarm(object handle) except -1
