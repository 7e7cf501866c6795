"""The poller: which file descriptors are ready (epoll)."""

from cpython.object cimport PyObject
from libc.stdint cimport uint32_t

from trueloop.kernel.handle cimport Handle
from trueloop.kernel.ready cimport Job, Ready

cdef extern from "<sys/epoll.h>" nogil:
    """
    #include <fcntl.h>
    #include <unistd.h>
    """
    enum:
        EPOLLIN
        EPOLLOUT
        EPOLLERR
        EPOLLHUP
        EPOLLRDHUP
        EPOLLET
        EPOLLONESHOT
    ctypedef union epoll_data_t:
        int fd
    struct epoll_event:
        uint32_t events
        epoll_data_t data


ctypedef struct Watched:
    # What is watched on one file descriptor; all NULL: nothing. Each pointer owns one reference.
    PyObject *reader   # Handle, or Future
    PyObject *writer   # likewise
    PyObject *job      # Job
    uint32_t wanted    # by the job
    uint32_t asked     # events the kernel was asked for; 0: not registered; ASLEEP: of none now


cdef enum:
    ASLEEP = EPOLLONESHOT


cdef class Poller:
    cdef Ready ready
    cdef Watched *_table           # indexed by file descriptor
    cdef int _size
    cdef int _epoll                # -1 once closed
    cdef epoll_event *_events
    cdef readonly int watched      # file descriptors of which events were asked for
    cdef dict _objects             # fd -> the object by which it was registered, if no number
    cdef int bell                  # the eventfd that only ends a wait, owned; -1: none
    cdef int _alarm                # the timerfd that does so at its time, owned; -1: none yet

    cdef int add_by(self, object fd, Handle handle, bint writing) except -1
    cdef int number_of(self, object fd) except -2
    cdef int add(self, int fd, object watcher, bint writing) except -1
    cdef bint remove(self, int fd, bint writing) except -1
    cdef int forget(self, int fd, object watcher, bint writing) except -1
    cdef int watch(self, int fd, Job job, uint32_t wanted) except -1
    cdef int take_over(self, int fd) except -1
    cdef int unwatch(self, int fd, Job job) except -1
    cdef int open_bell(self) except -1
    cdef void close_bell(self) noexcept
    cdef bint set_alarm(self, double after_s) noexcept
    cdef int poll(self, int timeout_ms) except -1
    cdef int _update(self, int fd) except -1
    cdef int _notice_callbacks(self, int fd, uint32_t events) except -1
    cdef int _ask_again(self, int fd) except -1
    cdef bint _notice_one(self, int fd, bint writing) except -1
    cdef void _count(self, Watched *entry, uint32_t asked) noexcept
    cdef int _reach(self, int fd) except -1
    cdef void close(self) noexcept
