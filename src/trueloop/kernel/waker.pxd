"""The one door into a loop for other threads and for signals."""

cimport cython

from trueloop.kernel.door cimport tl_door_count, tl_door_is_mine
from trueloop.kernel.ready cimport Job, Ready


@cython.final
cdef class Waker(Job):
    cdef Ready ready               # whose door this is
    cdef object loop               # whose _process_self_data learns of signals; None while closed
    cdef int receiver              # descriptor of the self-pipe, owned by the loop; -1: closed

    cdef void wake_if_asleep(self) noexcept
    cdef inline int take(self) except -1:
        """Move what was posted to the ready queue, if this is the loop's thread."""
        if tl_door_count(&self.ready.door) and tl_door_is_mine(&self.ready.door):
            return self.ready.take_posted()
        return 0

    cdef bint fall_asleep(self) noexcept
    cdef void awake(self) noexcept
