"""LoopBound: a primitive belongs to one loop, and finds out which when somebody has to wait.

Law: as asyncio's mixins._LoopBoundMixin. Knows no primitive.
"""

from cpython.object cimport PyObject

from trueloop.kernel.freethreading cimport tl_lock, tl_unlock
from trueloop.kernel.runningloop cimport running_loop
from trueloop.primitives cimport operation


cdef class LoopBound(Attributed):
    """What all primitives for which a task can wait have in common."""

    cdef object loop_here(self):
        """The loop that runs here. RuntimeError if the primitive is bound to another one."""
        cdef object loop = running_loop()
        tl_lock(<PyObject *>self)
        if self._bound is None:
            self._bound = loop
        tl_unlock(<PyObject *>self)
        if loop is not self._bound:
            raise RuntimeError(f"{self!r} is bound to a different event loop")
        return loop

    cdef Future new_future(self):
        """What a task of the running loop can wait for."""
        return operation.new_future(self.loop_here())

    cdef int note_thread(self, Future future, str what) except -1:
        """`what` is about to finish a waiter's future: tell if another thread runs its loop."""
        if future.ready is not None and future.ready.is_anothers():
            return future.ready.note_thread(self, what)
        return 0

    @property
    def _loop(self):
        return self._bound

    @_loop.setter
    def _loop(self, loop):
        self._bound = loop

    def _get_loop(self):
        return self.loop_here()
