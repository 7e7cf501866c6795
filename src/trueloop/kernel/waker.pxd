"""The one door into a loop for other threads and for signals."""

cimport cython
from cpython.object cimport PyObject

from trueloop.kernel.handle cimport Handle
from trueloop.kernel.ready cimport Job, Ready

cdef extern from *:
    """
    #include <errno.h>
    #include <pthread.h>
    #include <stdatomic.h>
    #include <sys/socket.h>

    typedef struct {
        pthread_mutex_t lock;      /* guards the letters; held for a few instructions, never while
                                      anything of Python runs */
        PyObject **letters;        /* handles not yet taken; each slot owns a reference */
        size_t capacity;
        _Atomic(size_t) count;
        _Atomic(int) asleep;       /* 1 while the loop is blocked in the poller, or about to be */
    } tl_inbox;

    static inline size_t tl_inbox_count(tl_inbox *inbox) { return atomic_load(&inbox->count); }
    """
    ctypedef struct tl_inbox:
        PyObject **letters
    size_t tl_inbox_count(tl_inbox *) noexcept


@cython.final
cdef class Waker(Job):
    cdef tl_inbox inbox
    cdef Ready ready
    cdef object loop               # whose _process_self_data learns of signals; None while closed
    cdef int receiver              # descriptors of the self-pipe, owned by the loop; -1: closed
    cdef int sender

    cdef int post(self, Handle handle) except -1
    cdef int take_all(self) except -1
    cdef void drop_all(self) noexcept
    cdef void wake_if_asleep(self) noexcept
    cdef inline int take(self) except -1:
        """Move what was posted to the ready queue. Called on the loop's thread."""
        return self.take_all() if tl_inbox_count(&self.inbox) else 0

    cdef bint fall_asleep(self) noexcept
    cdef void awake(self) noexcept
