"""The poller: epoll, and who wants to know what of which file descriptor.

Law: turns readiness into entries of the ready queue; never runs anything.

What epoll does that surprises. It watches open files, not descriptors: a descriptor that is closed
drops out by itself only when no duplicate of it is left, and a number that is used again inherits
nothing. The kernel's answer is therefore believed over our table: EPOLL_CTL_MOD that finds nothing
becomes ADD, ADD that finds something becomes MOD, and DEL may fail.

Callbacks (add_reader, add_writer) are level-triggered, as asyncio's are: they are queued again in
each pass as long as the descriptor is ready. Futures (sock_recv and its like) are finished once,
when it is ready, and are gone then: the kernel is asked for one event, and puts the registration to
sleep itself. It stays there, so that to wait again costs one call, which also says if the number
has come to mean another file meanwhile. Jobs (native transports) are edge-triggered: they are told
once and read until there is nothing left, which saves a system call for each pause, resume and
write that would block. If a descriptor has both (sendfile borrows a transport's socket while it is
paused), only the callbacks are watched; the job's edge is armed again when they are gone, and
EPOLL_CTL_MOD reports what is ready at that moment, so nothing is lost.

Ownership: the table owns its handles, futures and jobs until they are removed.
"""

from cpython.exc cimport PyErr_CheckSignals
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.ref cimport Py_DECREF, Py_INCREF, Py_XDECREF
from libc.errno cimport EEXIST, EINTR, ENOENT, errno
from libc.string cimport memset
from posix.fcntl cimport F_GETFD, fcntl

from trueloop.kernel.door cimport tl_new_bell
from trueloop.kernel.future cimport PENDING, Future
from trueloop.kernel.ready cimport HANDLE, JOB
from trueloop.kernel.slots cimport (
    PyTypeObject,
    inquiry,
    tl_set_gc,
    tl_visit,
    traverseproc,
    visitproc,
)

cdef extern from "<sys/epoll.h>" nogil:
    enum:
        EPOLL_CLOEXEC
        EPOLL_CTL_ADD
        EPOLL_CTL_DEL
        EPOLL_CTL_MOD
    int epoll_create1(int)
    int epoll_ctl(int, int, int, epoll_event *)

cdef extern from "<sys/timerfd.h>" nogil:
    """
    #include <time.h>
    /* One expiry in so many seconds, or none at all if they are 0. */
    static int tl_timer_set(int fd, double after_s) {
        struct itimerspec at = {{0, 0}, {(time_t)after_s, 0}};
        at.it_value.tv_nsec = (long)((after_s - (double)at.it_value.tv_sec) * 1e9);
        return timerfd_settime(fd, 0, &at, NULL);
    }
    """
    enum:
        CLOCK_MONOTONIC
        TFD_CLOEXEC
        TFD_NONBLOCK
    int timerfd_create(int, int)
    int tl_timer_set(int, double)

cdef extern from "socketcalls.h" nogil:
    int tl_epoll_wait(int, epoll_event *, int, int)

cdef extern from "<unistd.h>" nogil:
    int c_close "close"(int)

cdef extern from "Python.h":
    object PyErr_SetFromErrno(object)

cdef enum:
    EVENTS_AT_ONCE = 256


cdef class Poller:
    """What one loop watches."""

    def __cinit__(self, Ready ready):
        self._epoll = -1
        self.bell = self._alarm = -1
        self.ready = ready
        self._objects = {}
        self._events = <epoll_event *>PyMem_Malloc(EVENTS_AT_ONCE * sizeof(epoll_event))
        if self._events == NULL:
            raise MemoryError("no memory for a poller")
        self._epoll = epoll_create1(EPOLL_CLOEXEC)
        if self._epoll < 0:
            PyErr_SetFromErrno(OSError)

    def __dealloc__(self):
        self.close()
        PyMem_Free(self._table)
        PyMem_Free(self._events)

    def fileno(self):
        """The epoll file descriptor; -1 once closed."""
        return self._epoll

    def callbacks(self, int fd):
        """(reader, writer): the handles or futures registered for `fd`; None if there is none."""
        self.ready.check_thread(None, "loop._selector")
        if fd < 0 or fd >= self._size:
            return None, None
        reader = self._table[fd].reader
        writer = self._table[fd].writer
        return (
            None if reader == NULL else <object>reader,
            None if writer == NULL else <object>writer,
        )

    def descriptors(self):
        """File descriptors on which something is watched."""
        self.ready.check_thread(None, "loop._selector")
        return [fd for fd in range(self._size) if self._table[fd].asked & ~ASLEEP]

    def own_descriptors(self):
        """Those that only end a wait: the bell, and the alarm if there is one."""
        return tuple([fd for fd in (self.bell, self._alarm) if fd >= 0])

    cdef void close(self) noexcept:
        """Let go of everything."""
        cdef Watched *entry
        cdef Watched old
        self.close_bell()
        if self._alarm >= 0:
            c_close(self._alarm)
            self._alarm = -1
        if self._epoll >= 0:
            c_close(self._epoll)
            self._epoll = -1
        for fd in range(self._size):
            entry = &self._table[fd]
            old = entry[0]
            memset(entry, 0, sizeof(Watched))
            Py_XDECREF(old.reader)
            Py_XDECREF(old.writer)
            Py_XDECREF(old.job)
        self.watched = 0
        if self._objects is not None:  # the collector was here
            self._objects.clear()

    # -- registration

    cdef int add_by(self, object fd, Handle handle, bint writing) except -1:
        """add(), for a number or an object that has a fileno()."""
        cdef int number = descriptor(fd)
        self.add(number, handle, writing)
        if not isinstance(fd, int):
            self._objects[number] = fd
        return 0

    cdef int number_of(self, object fd) except -2:
        """The file descriptor; of an object that is closed meanwhile, what it was registered as."""
        try:
            return descriptor(fd)
        except ValueError:
            for number, registered in self._objects.items():
                if registered is fd:
                    return number
            raise

    cdef int add(self, int fd, object watcher, bint writing) except -1:
        """Queue a Handle in each pass in which `fd` is readable (writable); finish a Future once.

        It replaces what was there for that; a future that was is left as it is.
        """
        cdef Watched *entry
        cdef PyObject *old
        self._reach(fd)
        entry = &self._table[fd]
        Py_INCREF(watcher)
        if writing:
            old = entry.writer
            entry.writer = <PyObject *>watcher
        else:
            old = entry.reader
            entry.reader = <PyObject *>watcher
        try:
            self._update(fd)
        except BaseException:
            if writing:
                self._table[fd].writer = old
            else:
                self._table[fd].reader = old
            Py_DECREF(watcher)
            raise
        if old != NULL:
            dismiss(old)
        return 0

    cdef bint remove(self, int fd, bint writing) except -1:
        """Undo add(); whether there was something to undo."""
        cdef Watched *entry
        cdef PyObject *old
        if fd < 0 or fd >= self._size:
            return False
        entry = &self._table[fd]
        if writing:
            old = entry.writer
            entry.writer = NULL
        else:
            old = entry.reader
            entry.reader = NULL
        if old == NULL:
            return False
        dismiss(old)
        try:
            self._update(fd)
        except OSError:
            entry = &self._table[fd]
            if entry.job != NULL and entry.reader == NULL and entry.writer == NULL:
                # The job is what cannot be watched: it will find out why.
                notice_job(self.ready, <Job>entry.job, EPOLLERR)
            elif fcntl(fd, F_GETFD) < 0:
                raise  # closed: who still watches it would wait for ever
            # Else the kernel tells too much: the first such event has it told again.
        return True

    cdef int forget(self, int fd, object watcher, bint writing) except -1:
        """remove(), if it is still this one that watches."""
        cdef Watched *entry
        if 0 <= fd < self._size:
            entry = &self._table[fd]
            if (entry.writer if writing else entry.reader) == <PyObject *>watcher:
                self.remove(fd, writing)
        return 0

    cdef int watch(self, int fd, Job job, uint32_t wanted) except -1:
        """Queue `job` each time one of the `wanted` events begins; replaces an older wish.

        If that fails, the older wish stands.
        """
        cdef Watched *entry
        cdef PyObject *old
        cdef uint32_t before
        self._reach(fd)
        entry = &self._table[fd]
        old = entry.job
        before = entry.wanted
        Py_INCREF(job)
        entry.job = <PyObject *>job
        entry.wanted = wanted | EPOLLET
        try:
            self._update(fd)
        except BaseException:
            entry.job = old
            entry.wanted = before
            Py_DECREF(job)
            raise
        Py_XDECREF(old)
        return 0

    cdef int take_over(self, int fd) except -1:
        """A transport's from now on: callbacks and futures of others that are left do not count."""
        self.remove(fd, False)
        self.remove(fd, True)
        return 0

    cdef int unwatch(self, int fd, Job job) except -1:
        """Undo watch(), if it is still this job that watches."""
        cdef Watched *entry
        if fd < 0 or fd >= self._size or self._table[fd].job != <PyObject *>job:
            return 0
        entry = &self._table[fd]
        entry.job = NULL
        entry.wanted = 0
        Py_DECREF(job)  # the caller has it still
        return self._update(fd)

    cdef int _reach(self, int fd) except -1:
        """Make the table long enough."""
        cdef int size
        cdef Watched *table
        if fd < 0:
            raise ValueError(f"Invalid file descriptor: {fd}")
        if self._epoll < 0:
            raise RuntimeError("Event loop is closed")
        if fd < self._size:
            return 0
        size = max(64, self._size)
        while size <= fd:
            size *= 2
        table = <Watched *>PyMem_Realloc(self._table, size * sizeof(Watched))
        if table == NULL:
            raise MemoryError(f"no memory to watch file descriptor {fd}")
        memset(table + self._size, 0, (size - self._size) * sizeof(Watched))
        self._table = table
        self._size = size
        return 0

    cdef int _update(self, int fd) except -1:
        """Bring the kernel in line with the table."""
        cdef Watched *entry = &self._table[fd]
        cdef epoll_event event
        cdef uint32_t asked
        cdef int result
        if entry.reader == NULL and entry.writer == NULL:
            asked = entry.wanted
        else:
            asked = EPOLLIN if entry.reader != NULL else 0
            asked |= EPOLLOUT if entry.writer != NULL else 0
            if not is_callback(entry.reader) and not is_callback(entry.writer):
                asked |= EPOLLONESHOT
        if asked == entry.asked and not asked & (EPOLLET | EPOLLONESHOT):
            return 0
        if self._epoll < 0:
            return 0
        event.events = asked
        event.data.fd = fd
        if asked == 0:
            epoll_ctl(self._epoll, EPOLL_CTL_DEL, fd, &event)  # closed already, perhaps
            self._count(entry, 0)
            self._objects.pop(fd, None)
            return 0
        if entry.asked:
            result = epoll_ctl(self._epoll, EPOLL_CTL_MOD, fd, &event)
            if result < 0 and errno == ENOENT:
                result = epoll_ctl(self._epoll, EPOLL_CTL_ADD, fd, &event)
        else:
            result = epoll_ctl(self._epoll, EPOLL_CTL_ADD, fd, &event)
            if result < 0 and errno == EEXIST:
                result = epoll_ctl(self._epoll, EPOLL_CTL_MOD, fd, &event)
        if result < 0:
            PyErr_SetFromErrno(OSError)
        self._count(entry, asked)
        return 0

    cdef inline void _count(self, Watched *entry, uint32_t asked) noexcept:
        """Note what the kernel is asked for now."""
        self.watched += ((asked & ~ASLEEP) != 0) - ((entry.asked & ~ASLEEP) != 0)
        entry.asked = asked

    # -- the bell

    cdef int open_bell(self) except -1:
        """Make the eventfd that other threads write to; its number."""
        cdef epoll_event event
        self.bell = tl_new_bell()
        if self.bell < 0:
            PyErr_SetFromErrno(OSError)
        event.events = EPOLLIN | EPOLLET
        event.data.fd = self.bell
        if epoll_ctl(self._epoll, EPOLL_CTL_ADD, self.bell, &event) < 0:
            PyErr_SetFromErrno(OSError)
        return self.bell

    cdef void close_bell(self) noexcept:
        if self.bell >= 0:
            c_close(self.bell)
            self.bell = -1

    # -- the alarm

    cdef bint set_alarm(self, double after_s) noexcept:
        """Let a wait end after so many seconds, once; False if there is no timer to be had.

        Not by the wait's own limit: the kernel sets and unsets a timer for each wait that has one,
        a third of a microsecond. This one is set once for thousands of waits.
        """
        cdef epoll_event event
        if self._alarm < 0:
            self._alarm = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)
            if self._alarm < 0:
                return False
            event.events = EPOLLIN | EPOLLET  # an edge for each expiry: nobody need read it
            event.data.fd = self._alarm
            if epoll_ctl(self._epoll, EPOLL_CTL_ADD, self._alarm, &event) < 0:
                c_close(self._alarm)
                self._alarm = -1
                return False
        return tl_timer_set(self._alarm, after_s) == 0

    # -- polling

    cdef int poll(self, int timeout_ms) except -1:
        """Queue what is ready, waiting up to timeout_ms (-1: for ever); how many descriptors.

        Bell and alarm are not counted: they have said all they have to say when the wait is over.
        """
        cdef int n
        cdef int found
        cdef int i
        cdef int fd
        cdef Watched *entry
        if timeout_ms == 0:
            n = tl_epoll_wait(self._epoll, self._events, EVENTS_AT_ONCE, 0)
        else:
            with nogil:
                n = tl_epoll_wait(self._epoll, self._events, EVENTS_AT_ONCE, timeout_ms)
        if n < 0:
            if errno != EINTR:
                PyErr_SetFromErrno(OSError)
            PyErr_CheckSignals()
            return 0
        found = n
        for i in range(n):
            fd = self._events[i].data.fd
            if fd == self.bell or fd == self._alarm:
                found -= 1
                continue
            entry = &self._table[fd]
            if entry.job == NULL or entry.reader != NULL or entry.writer != NULL:
                self._notice_callbacks(fd, self._events[i].events)
                continue
            notice_job(self.ready, <Job>entry.job, self._events[i].events)
        return found

    cdef int _notice_callbacks(self, int fd, uint32_t events) except -1:
        # An error or a hang-up concerns readers and writers alike, as in the selectors module.
        cdef Watched *entry = &self._table[fd]
        cdef bint reads = entry.reader != NULL and events & ~<uint32_t>EPOLLOUT
        cdef bint writes
        cdef bint changed = False
        if entry.asked & EPOLLONESHOT:
            self._count(entry, ASLEEP)
        if reads:
            changed = self._notice_one(fd, False)
        writes = self._table[fd].writer != NULL and events & ~<uint32_t>EPOLLIN
        if writes:
            changed |= self._notice_one(fd, True)
        elif not reads and not is_free(&self._table[fd]):
            self._ask_again(fd)  # nobody wants this any more
        entry = &self._table[fd]
        if changed and (entry.asked != ASLEEP or not is_free(entry)):
            self._update(fd)
        return 0

    cdef int _ask_again(self, int fd) except -1:
        """The kernel tells of what remove() could not tell it that nobody wants."""
        try:
            self._update(fd)
        except OSError:
            pass  # it will tell again
        return 0

    cdef bint _notice_one(self, int fd, bint writing) except -1:
        """Whether it was a future, which is gone now."""
        cdef PyObject *watcher = (
            self._table[fd].writer if writing else self._table[fd].reader
        )
        cdef Future future
        if is_callback(watcher):
            if (<Handle>watcher)._cancelled:
                self.remove(fd, writing)
            else:
                self.ready.push(HANDLE, watcher, NULL, NULL)
            return False
        if writing:
            self._table[fd].writer = NULL
        else:
            self._table[fd].reader = NULL
        future = <Future>watcher
        Py_DECREF(future)  # `future` owns it now
        if future.state == PENDING:
            future.settle(None)
        return True


cdef inline bint is_free(Watched *entry) noexcept:
    """Whether nobody watches."""
    return entry.reader == NULL and entry.writer == NULL and entry.job == NULL


cdef inline bint is_callback(PyObject *watcher) noexcept:
    """Whether it is a Handle, and no Future and not NULL."""
    return watcher != NULL and isinstance(<object>watcher, Handle)


cdef int dismiss(PyObject *watcher) except -1:
    """Drop what the table owned."""
    cdef object dropped = <object>watcher
    Py_DECREF(dropped)  # `dropped` owns it now
    if isinstance(dropped, Handle):
        (<Handle>dropped).cancel()
    return 0


cdef inline int notice_job(Ready ready, Job job, uint32_t events) except -1:
    job.noticed |= events
    if not job.queued:
        job.queued = True
        ready.push(JOB, <PyObject *>job, NULL, NULL)
    return 0


cdef int descriptor(object fd) except -2:
    """The number of a file descriptor, or of an object that has a fileno()."""
    cdef int number
    if isinstance(fd, int):
        number = fd
    else:
        try:
            number = int(fd.fileno())
        except (AttributeError, TypeError, ValueError):
            raise ValueError(f"Invalid file object: {fd!r}") from None
    if number < 0:
        raise ValueError(f"Invalid file descriptor: {number}")
    return number


# Cython's own traverse does not know of the table.
cdef traverseproc _traverse_slots = (<PyTypeObject *>Poller).tp_traverse
cdef inquiry _clear_slots = (<PyTypeObject *>Poller).tp_clear

cdef int _traverse(PyObject *op, visitproc visit, void *arg) noexcept:
    cdef Watched *entry
    cdef int fd
    cdef int result = 0
    for fd in range((<Poller>op)._size):
        entry = &(<Poller>op)._table[fd]
        result = tl_visit(entry.reader, visit, arg)
        if result == 0:
            result = tl_visit(entry.writer, visit, arg)
        if result == 0:
            result = tl_visit(entry.job, visit, arg)
        if result:
            return result
    return _traverse_slots(op, visit, arg)

cdef int _clear(PyObject *op) noexcept:
    (<Poller>op).close()
    return _clear_slots(op)

tl_set_gc(<PyTypeObject *>Poller, _traverse, _clear)
