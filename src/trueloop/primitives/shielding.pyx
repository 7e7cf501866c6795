"""shield: asyncio's of the running version, native.

Law: what becomes of the outcome of a future that somebody waits for without being able to cancel
it; how tasks are made is in spawning.pyx.

Two listeners, as asyncio has two callbacks: Shield on the inner future hands on what comes of it,
Shielded on the outer one lets go of the inner one when that is not wanted any more.

Only the usual is native: a coroutine, or a future or task of a loop of ours that is not in debug
mode. For everything else there is asyncio's own function.
"""

cimport cython

from asyncio import tasks

from trueloop.kernel.differences cimport SHIELD_READS
from trueloop.kernel.future cimport CANCELLED, PENDING, Future, future_on
from trueloop.kernel.loop cimport Loop
from trueloop.kernel.task cimport is_ours
from trueloop.kernel.waiters cimport LISTENS, Callback
from trueloop.primitives.insides import nested_code
from trueloop.primitives.spawning cimport is_spawnable, spawn, spawning_loop

cdef extern from *:
    """
    #include "pool.h"
    TL_POOL(shield_pool, 1024)
    TL_POOL(shielded_pool, 1024)
    """
    ctypedef struct PooledType "PyTypeObject":
        pass
    void shield_pool_install(PooledType *) noexcept
    void shielded_pool_install(PooledType *) noexcept

cdef object _asyncios_shield = tasks.shield
# Early releases of 3.14 report what comes of an inner future that nobody waits for any more.
cdef object _log_on_exception = getattr(tasks, "_log_on_exception", None)


@cython.final
cdef class Shield(Callback):
    """Listens to the inner future."""

    cdef readonly Future outer

    stands_for = nested_code(tasks.shield, "_inner_done_callback")

    @property
    def finishes(self):
        return self.outer

    cdef int hear(self, object future) except -1:
        cdef Future inner = <Future>future
        cdef Future outer = self.outer
        if outer.state == CANCELLED:
            if SHIELD_READS and inner.state != CANCELLED:
                inner.note_heard()
            return 0
        if inner.state == CANCELLED:
            outer.unread = False
            outer.cancel_now(None)
            return 0
        inner.note_heard()
        if inner.failed:
            return outer.fail_by_news(inner._value)
        return outer.settle(inner._value)


@cython.final
cdef class Shielded(Callback):
    """Listens to the outer future."""

    cdef readonly Future inner
    cdef Shield shield

    stands_for = nested_code(tasks.shield, "_outer_done_callback")

    cdef bint wants(self, object future) noexcept:
        return self.inner.state == PENDING

    cdef int hear(self, object future) except -1:
        if self.inner.state != PENDING:
            return 0
        self.inner.forget(self.shield)
        if _log_on_exception is not None:
            self.inner.remove_done_callback(_log_on_exception)
            self.inner.add_done_callback(_log_on_exception)
        return 0


cdef bint is_usual(object future) noexcept:
    """Whether it is a future of ours on a loop of ours."""
    return (
        is_ours(future)
        and (<Future>future).ready is not None
        and isinstance((<Future>future)._loop_object, Loop)
        and not (<Loop>(<Future>future)._loop_object)._debug
    )


@cython.binding(True)
def shield(arg):
    """A future of what comes of `arg`, which is not cancelled with it; see asyncio.shield."""
    cdef Loop loop
    cdef Future inner
    cdef Future outer
    cdef Shield within
    cdef Shielded without
    if is_usual(arg):
        inner = <Future>arg
    else:
        loop = spawning_loop() if is_spawnable(arg) else None
        if loop is None:
            return _asyncios_shield(arg)
        try:
            inner = spawn(loop, arg, None, None)
        except RuntimeError:
            arg.close()
            raise
    if inner.state != PENDING:
        return inner
    outer = future_on(inner._loop_object, inner.ready)
    within = Shield.__new__(Shield)
    within.outer = outer
    without = Shielded.__new__(Shielded)
    without.inner = inner
    without.shield = within
    inner.add_waiter(within, LISTENS)
    outer.add_waiter(without, LISTENS)
    return outer


shield_pool_install(<PooledType *>Shield)
shielded_pool_install(<PooledType *>Shielded)
