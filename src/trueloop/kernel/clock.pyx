"""Ticks and seconds.

Law: knows the machine's clocks and nothing of loops.

A tick is one count of the processor's time stamp counter where Linux itself found it constant and
non-stop (the flags in /proc/cpuinfo), else one nanosecond. Its rate is measured against
CLOCK_MONOTONIC over the time since this module was imported, at the first moment somebody asks, so
that importing costs nothing; the error is below 0.1 % once a few milliseconds have passed.
"""

import os

cdef uint64_t _origin_ns
cdef uint64_t _origin_ticks
cdef double _rate
cdef int _counter


cdef bint _counter_is_trusted() except -1:
    machine = os.uname().machine
    if machine == "aarch64":
        return True
    if machine != "x86_64":
        return False
    try:
        with open("/proc/cpuinfo") as cpuinfo:
            for line in cpuinfo:
                if line.startswith("flags"):
                    flags = line.split()
                    return "constant_tsc" in flags and "nonstop_tsc" in flags
    except OSError:
        pass
    return False


cdef int hardware_counter() noexcept:
    return _counter


cdef double ticks_per_s() noexcept:
    global _rate
    cdef uint64_t ns
    if _rate == 0.0:
        if not _counter:
            _rate = 1e9
        else:
            ns = tl_monotonic_ns()
            while ns - _origin_ns < 5_000_000:  # at most 5 ms, once in a process
                ns = tl_monotonic_ns()
            _rate = (tl_ticks(1) - _origin_ticks) * 1e9 / <double>(ns - _origin_ns)
    return _rate


def ticks():
    """Ticks now (an integer; see ticks_per_second)."""
    return tl_ticks(_counter)


def ticks_per_second():
    """How many ticks make one second on this machine."""
    return ticks_per_s()


def is_hardware_counter():
    """Whether a tick is a count of the processor's counter (else it is one nanosecond)."""
    return bool(_counter)


_counter = _counter_is_trusted()
_origin_ns = tl_monotonic_ns()
_origin_ticks = tl_ticks(_counter)
