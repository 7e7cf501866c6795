"""The kernel's two clocks: ticks (cheap, for measuring steps) and seconds (loop.time())."""

from libc.stdint cimport uint64_t

cdef extern from "ticks.h":
    uint64_t tl_ticks(int counter) noexcept nogil
    uint64_t tl_monotonic_ns() noexcept nogil

# 1 if the hardware counter may be trusted. Copied by each module that reads ticks in a hot path.
cdef int hardware_counter() noexcept

cdef double ticks_per_s() noexcept


cdef inline double monotonic_s() noexcept nogil:
    """Seconds of CLOCK_MONOTONIC: the same clock as time.monotonic()."""
    return <double>tl_monotonic_ns() * 1e-9
