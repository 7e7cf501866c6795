"""The waker: how other threads and signals reach a loop.

Law: the only part of a loop that may be called from a thread that is not the loop's.

A thread posts a handle into the inbox and wakes the loop only if that is asleep: a burst of a
thousand posts costs one system call. The bell is the loop's self-pipe, which CPython's
signal.set_wakeup_fd writes to as well: a zero byte means "look into the inbox", any other byte is
a signal number.

The order that makes it safe: a poster fills the inbox and then looks whether the loop sleeps; the
loop says that it sleeps and then looks into the inbox. One of them must see the other.
"""

from cpython.ref cimport Py_DECREF, Py_INCREF

cdef extern from *:
    """
    static int tl_inbox_post(tl_inbox *inbox, PyObject *letter) {
        int result = 0;
        pthread_mutex_lock(&inbox->lock);
        size_t n = atomic_load_explicit(&inbox->count, memory_order_relaxed);
        if (n == inbox->capacity) {
            size_t capacity = n ? n * 2 : 64;
            PyObject **grown = realloc(inbox->letters, capacity * sizeof *grown);
            if (grown == NULL)
                result = -1;
            else {
                inbox->letters = grown;
                inbox->capacity = capacity;
            }
        }
        if (result == 0) {
            inbox->letters[n] = letter;
            atomic_store(&inbox->count, n + 1);
        }
        pthread_mutex_unlock(&inbox->lock);
        return result;
    }
    /* All letters at once: the array is the caller's then. */
    static size_t tl_inbox_take(tl_inbox *inbox, PyObject ***letters) {
        pthread_mutex_lock(&inbox->lock);
        size_t n = atomic_load_explicit(&inbox->count, memory_order_relaxed);
        *letters = inbox->letters;
        inbox->letters = NULL;
        inbox->capacity = 0;
        atomic_store(&inbox->count, 0);
        pthread_mutex_unlock(&inbox->lock);
        return n;
    }
    static void tl_inbox_init(tl_inbox *inbox) {
        pthread_mutex_init(&inbox->lock, NULL);
        inbox->letters = NULL;
        inbox->capacity = 0;
        atomic_init(&inbox->count, 0);
        atomic_init(&inbox->asleep, 0);
    }
    static int tl_inbox_rouse(tl_inbox *inbox) { return atomic_exchange(&inbox->asleep, 0); }
    static void tl_inbox_sleep(tl_inbox *inbox, int yes) { atomic_store(&inbox->asleep, yes); }
    static void tl_ring(int fd) {
        /* A full pipe rings already; a closed one has nobody to wake. */
        ssize_t ignored = send(fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
        (void)ignored;
    }
    static ssize_t tl_drain(int fd, char *buffer, size_t size) {
        ssize_t n = recv(fd, buffer, size, MSG_DONTWAIT);
        return n < 0 ? 0 : n;
    }
    """
    int tl_inbox_post(tl_inbox *, PyObject *) noexcept
    size_t tl_inbox_take(tl_inbox *, PyObject ***) noexcept
    void tl_inbox_init(tl_inbox *) noexcept
    int tl_inbox_rouse(tl_inbox *) noexcept
    void tl_inbox_sleep(tl_inbox *, int) noexcept
    void tl_ring(int) noexcept
    ssize_t tl_drain(int, char *, size_t) noexcept

cdef extern from "cpython.h":
    ctypedef int (*visitproc)(PyObject *, void *) noexcept
    ctypedef int (*traverseproc)(PyObject *, visitproc, void *) noexcept
    ctypedef int (*inquiry)(PyObject *) noexcept
    ctypedef struct PyTypeObject:
        traverseproc tp_traverse
        inquiry tp_clear
    void tl_set_gc(PyTypeObject *, traverseproc, inquiry) noexcept

from libc.stdlib cimport free

from trueloop.kernel.ready cimport HANDLE


cdef class Waker(Job):
    """The inbox and the bell of one loop."""

    def __cinit__(self, Ready ready):
        tl_inbox_init(&self.inbox)
        self.ready = ready
        self.receiver = self.sender = -1

    def __dealloc__(self):
        self.drop_all()

    def open(self, loop, int receiver, int sender):
        """Use this self-pipe; loop._process_self_data(bytes) is told of signals."""
        self.loop = loop
        self.receiver = receiver
        self.sender = sender

    def close(self):
        """Forget the self-pipe: from now on nobody is woken."""
        self.loop = None
        self.receiver = self.sender = -1

    cdef int post(self, Handle handle) except -1:
        """Queue a handle from any thread."""
        Py_INCREF(handle)  # the inbox owns it
        if tl_inbox_post(&self.inbox, <PyObject *>handle) < 0:
            Py_DECREF(handle)
            raise MemoryError("no memory to post a callback to a loop")
        if tl_inbox_rouse(&self.inbox) and self.sender >= 0:
            tl_ring(self.sender)
        return 0

    cdef void wake_if_asleep(self) noexcept:
        """Make a sleeping loop look around."""
        if tl_inbox_rouse(&self.inbox) and self.sender >= 0:
            tl_ring(self.sender)

    def wake(self):
        """Make the loop look around soon. May be called from any thread."""
        self.wake_if_asleep()

    cdef int take_all(self) except -1:
        cdef PyObject **letters = NULL
        cdef size_t n
        cdef size_t i
        n = tl_inbox_take(&self.inbox, &letters)
        try:
            for i in range(n):
                self.ready.push(HANDLE, letters[i], NULL, NULL)
        finally:
            for i in range(n):
                Py_DECREF(<object>letters[i])
            free(letters)
        return 0

    cdef void drop_all(self) noexcept:
        """Forget what was posted."""
        cdef PyObject **letters = NULL
        cdef size_t n = tl_inbox_take(&self.inbox, &letters)
        for i in range(n):
            Py_DECREF(<object>letters[i])
        free(letters)

    cdef bint fall_asleep(self) noexcept:
        """Announce that the loop is about to block; False if it must not, for there is mail."""
        tl_inbox_sleep(&self.inbox, 1)
        if tl_inbox_count(&self.inbox):
            tl_inbox_sleep(&self.inbox, 0)
            return False
        return True

    cdef void awake(self) noexcept:
        tl_inbox_sleep(&self.inbox, 0)

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
        return 0


# Cython's own traverse does not know of the inbox. No lock: who posts holds the GIL, as we do here.
cdef traverseproc _traverse_slots = (<PyTypeObject *>Waker).tp_traverse
cdef inquiry _clear_slots = (<PyTypeObject *>Waker).tp_clear

cdef int _traverse(PyObject *op, visitproc visit, void *arg) noexcept:
    cdef Waker self = <Waker>op
    cdef size_t i
    cdef int result
    for i in range(tl_inbox_count(&self.inbox)):
        result = visit(self.inbox.letters[i], arg)
        if result:
            return result
    return _traverse_slots(op, visit, arg)

cdef int _clear(PyObject *op) noexcept:
    (<Waker>op).drop_all()
    return _clear_slots(op)

tl_set_gc(<PyTypeObject *>Waker, _traverse, _clear)
