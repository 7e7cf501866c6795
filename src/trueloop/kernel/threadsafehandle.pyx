"""ThreadSafeHandle: a handle whose cancel() another thread can rely on.

Law: knows who runs the callback right now, and nothing of loops.

After cancel(), asked from whatever thread, the callback has ended or will never begin: asyncio
promises that of what call_soon_threadsafe returns since 3.14 (gh-127124). There an RLock is held
while the callback runs. Here a handle remembers who runs it, and only somebody who has to wait
pays for a lock; all who wait, wait for the same condition, which hardly ever happens.
"""

from cpython.object cimport PyObject

import threading
from asyncio import events

from trueloop.kernel.freethreading cimport tl_lock, tl_unlock

cdef extern from "Python.h":
    unsigned long PyThread_get_thread_ident() noexcept

cdef extern from *:
    """
    #include <stdatomic.h>
    static _Atomic(int) tl_waiting = 0;
    /* Both sides write first and look then (sequentially consistent), so one of them sees the
     * other: who waits counts itself and looks at the runner, who ran leaves and looks at the
     * count. */
    static void tl_waits(int more) { atomic_fetch_add(&tl_waiting, more); }
    static int tl_somebody_waits(void) { return atomic_load(&tl_waiting); }
    static unsigned long tl_runner(unsigned long *runner) {
        return __atomic_load_n(runner, __ATOMIC_SEQ_CST);
    }
    static void tl_ends(unsigned long *runner) {
        __atomic_store_n(runner, 0, __ATOMIC_SEQ_CST);
    }
    """
    void tl_waits(int) noexcept
    int tl_somebody_waits() noexcept
    unsigned long tl_runner(unsigned long *) noexcept
    void tl_ends(unsigned long *) noexcept

cdef extern from *:
    """
    #include "pool.h"
    TL_POOL(threadsafe_pool, 16384)
    """
    ctypedef struct PooledType "PyTypeObject":
        pass
    void threadsafe_pool_install(PooledType *) noexcept

cdef object _ThreadSafeHandle = getattr(events, "_ThreadSafeHandle", events.Handle)
cdef object _ended = threading.Condition()


cdef class ThreadSafeHandle(Handle):
    """isinstance(handle, asyncio.Handle) holds, as it does for asyncio's own such class."""

    @property
    def __class__(self):
        return _ThreadSafeHandle if type(self) is ThreadSafeHandle else type(self)

    def cancel(self):
        """Do not run the callback; if it runs, in another thread, wait until it has ended."""
        cdef object _held_callback
        cdef object _held_args
        cdef unsigned long me = PyThread_get_thread_ident()
        if self._loop is not None and self._loop.get_debug() and not self._cancelled:
            self._repr = repr(self)  # the callback is about to be forgotten
        while True:
            tl_lock(<PyObject *>self)
            if self._runner == 0 or self._runner == me:
                break
            tl_unlock(<PyObject *>self)
            self.wait_for_runner(me)
        self._cancelled = True
        _held_callback = self._callback
        _held_args = self._args
        self._callback = None
        self._args = None
        tl_unlock(<PyObject *>self)

    def cancelled(self):
        """Whether cancel() was called. Waits as cancel() does."""
        self.wait_for_runner(PyThread_get_thread_ident())
        return bool(self._cancelled)

    cdef int run(self) except -1:
        tl_lock(<PyObject *>self)
        self._runner = PyThread_get_thread_ident()
        tl_unlock(<PyObject *>self)
        try:
            return Handle.run(self)
        finally:
            tl_ends(&self._runner)
            if tl_somebody_waits():
                with _ended:
                    _ended.notify_all()

    cdef int wait_for_runner(self, unsigned long me) except -1:
        """Return when no other thread runs the callback."""
        cdef unsigned long runner = tl_runner(&self._runner)
        if runner == 0 or runner == me:
            return 0
        with _ended:
            tl_waits(1)
            try:
                while True:
                    runner = tl_runner(&self._runner)
                    if runner == 0 or runner == me:
                        return 0
                    _ended.wait()
            finally:
                tl_waits(-1)


threadsafe_pool_install(<PooledType *>ThreadSafeHandle)
