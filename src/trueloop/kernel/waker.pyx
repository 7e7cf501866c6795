"""The waker: how other threads and signals reach a loop.

Law: the only part of a loop that may be called from a thread that is not the loop's.

A thread posts what is to run through the loop's door (door.h, Ready.post) and rings the bell only
if the loop is asleep: a burst of a thousand posts costs one system call. The bell is an eventfd of
the poller's.
The self-pipe is for signals: CPython's signal.set_wakeup_fd writes their numbers into it. A zero
byte there means nothing but "look around".
"""

from cpython.object cimport PyObject

from trueloop.kernel.door cimport (
    tl_door_count,
    tl_door_rouse,
    tl_door_set_bell,
    tl_door_sleep,
    tl_drain,
)
from trueloop.kernel.ready cimport JOB


cdef class Waker(Job):
    """The bell of one loop."""

    def __cinit__(self, Ready ready):
        self.ready = ready
        self.receiver = -1

    def open(self, loop, int receiver, int bell):
        """Use this self-pipe; loop._process_self_data(bytes) is told of signals."""
        self.loop = loop
        self.receiver = receiver
        tl_door_set_bell(&self.ready.door, bell)

    def close(self):
        """Forget the self-pipe: from now on nobody is woken."""
        tl_door_set_bell(&self.ready.door, -1)
        self.loop = None
        self.receiver = -1

    cdef void wake_if_asleep(self) noexcept:
        """Make a sleeping loop look around."""
        tl_door_rouse(&self.ready.door)

    def wake(self):
        """Make the loop look around soon. May be called from any thread."""
        self.wake_if_asleep()

    cdef bint fall_asleep(self) noexcept:
        """Announce that the loop is about to block; False if it must not, for there is mail."""
        tl_door_sleep(&self.ready.door, 1)
        if tl_door_count(&self.ready.door):
            tl_door_sleep(&self.ready.door, 0)
            return False
        return True

    cdef void awake(self) noexcept:
        tl_door_sleep(&self.ready.door, 0)

    cdef int run(self) except -1:
        """The bell rang: empty the pipe and pass signals on."""
        cdef char buffer[256]
        cdef ssize_t n = sizeof(buffer)
        cdef ssize_t i
        while n == sizeof(buffer) and self.receiver >= 0:
            n = tl_drain(self.receiver, buffer, sizeof(buffer))
            for i in range(n):
                if buffer[i] != 0:
                    self.loop._process_self_data(buffer[:n])
                    break
        if n < 0:  # there will be no other edge for what is in it
            self.queued = True
            self.ready.push(JOB, <PyObject *>self, NULL, NULL)
        return 0
