"""ThreadSafeHandle: a handle whose cancel() another thread can rely on.

Law: knows who runs the callback right now, and nothing of loops.

After cancel(), asked from whatever thread, the callback has ended or will never begin: asyncio
promises that of what call_soon_threadsafe returns since 3.14 (gh-127124). There an RLock is held
while the callback runs. Here a handle remembers who runs it, and only somebody who has to wait
pays for a lock; all who wait, wait for the same condition, which hardly ever happens.
"""

from cpython.object cimport PyObject
from libc.stdint cimport uintptr_t

import threading
from asyncio import events

from trueloop.kernel.door cimport tl_this_thread
from trueloop.kernel.freethreading cimport tl_lock, tl_unlock
from trueloop.kernel.handle cimport run_handle
from trueloop.kernel.slots cimport PyTypeObject

cdef extern from *:
    """
    #include "door.h"
    static _Atomic(int) tl_waiting = 0;
    /* Both sides write first and look then, in that very order, so one of them sees the
     * other: who waits counts itself and looks at the runner, who ran leaves and looks at the
     * count. */
    static void tl_waits(int more) {
        atomic_fetch_add_explicit(&tl_waiting, more, TL_IN_ORDER);
    }
    static int tl_somebody_waits(void) {
        return atomic_load_explicit(&tl_waiting, TL_IN_ORDER);
    }
    static uintptr_t tl_runner(uintptr_t *runner) {
        return __atomic_load_n(runner, TL_IN_ORDER);
    }
    static void tl_ends(uintptr_t *runner) {
        __atomic_store_n(runner, 0, TL_IN_ORDER);
    }
    """
    void tl_waits(int) noexcept
    int tl_somebody_waits() noexcept
    uintptr_t tl_runner(uintptr_t *) noexcept
    void tl_ends(uintptr_t *) noexcept

cdef extern from *:
    """
    #include "pool.h"
    TL_UNCOUNTED_POOL(threadsafe_pool, 65536)
    """
    ctypedef struct PooledType "PyTypeObject":
        pass
    void threadsafe_pool_install(PooledType *) noexcept

cdef extern from "cpython.h":
    PyObject *tl_take_raised() noexcept
    void tl_raise(PyObject *) noexcept

cdef object _ThreadSafeHandle = getattr(events, "_ThreadSafeHandle", events.Handle)
cdef object _ended = threading.Condition()


# What it raises, run() passes on without a look.
ctypedef int (*Quietly)(Handle) noexcept
cdef Quietly quietly_run = <Quietly><void *>run_handle


cdef int tell_ended() except -1:
    """Wake those who wait; an exception that is raised stays raised."""
    cdef PyObject *raised = tl_take_raised()
    with _ended:
        _ended.notify_all()
    if raised != NULL:
        tl_raise(raised)
    return 0


cdef class ThreadSafeHandle(Handle):
    """isinstance(handle, asyncio.Handle) holds, as it does for asyncio's own such class."""

    @property
    def __class__(self):
        return _ThreadSafeHandle if type(self) is ThreadSafeHandle else type(self)

    def cancel(self):
        """Do not run the callback; if it runs, in another thread, wait until it has ended."""
        cdef object _held_callback
        cdef object _held_args
        cdef uintptr_t me = tl_this_thread()
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
        self.wait_for_runner(tl_this_thread())
        return bool(self._cancelled)

    cdef int run(self) except -1:
        cdef int result
        tl_lock(<PyObject *>self)
        self._runner = tl_this_thread()
        tl_unlock(<PyObject *>self)
        result = quietly_run(self)
        tl_ends(&self._runner)
        if tl_somebody_waits():
            tell_ended()
        return result

    cdef int wait_for_runner(self, uintptr_t me) except -1:
        """Return when no other thread runs the callback."""
        cdef uintptr_t runner = tl_runner(&self._runner)
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


# It owns nothing that a Handle does not own: one look at the collector is enough.
(<PyTypeObject *>ThreadSafeHandle).tp_dealloc = (<PyTypeObject *>Handle).tp_dealloc
threadsafe_pool_install(<PooledType *>ThreadSafeHandle)
