"""TaskFace: what a task shows of itself, to asyncio, to detectors and to other threads.

Law: holds a task's slots and answers for them at any time, from any thread; task.pyx is what makes
it go.
"""

from cpython.ref cimport Py_DECREF

from asyncio import base_tasks

from trueloop.kernel.cancellation cimport CancelRequest
from trueloop.kernel.context cimport context_of_ones_own
from trueloop.kernel.differences cimport UNCANCEL_TAKES_BACK
from trueloop.kernel.door cimport tl_door_is_mine
from trueloop.kernel.freethreading cimport tl_lock, tl_unlock
from trueloop.kernel.future cimport described, refuse_deletion
from trueloop.kernel.hooks cimport Hooks, fire, place_of


cdef class TaskFace(Future):
    """Task without its life."""

    def __cinit__(self):
        self._place = -1

    # -- what asyncio, anyio and others read of a task's inside

    @property
    def _coro(self):
        return self.get_coro()

    @property
    def _context(self):
        return self.own_context()

    @property
    def _fut_waiter(self):
        return self.awaited()

    @property
    def _must_cancel(self):
        return bool(self._must_cancel_now)

    @property
    def _num_cancels_requested(self):
        return self._cancels

    @property
    def _log_destroy_pending(self):
        return not self.quiet

    @_log_destroy_pending.setter
    def _log_destroy_pending(self, value):
        self.quiet = not value

    @_log_destroy_pending.deleter
    def _log_destroy_pending(self):
        refuse_deletion("_log_destroy_pending")

    @property
    def created_at(self):
        """(file name, line, function) that created the task, or None if that is not known.

        Frames of asyncio's own helpers (create_task, TaskGroup, gather, ...) are not counted.
        """
        return place_of(self._site, self._site_offset)

    @property
    def cancel_request(self):
        """The last cancel() call (cancellation.pyx); None if there was none."""
        cdef CancelRequest request
        tl_lock(<PyObject *>self)
        request = self._request
        tl_unlock(<PyObject *>self)
        return request

    def __repr__(self):
        return described(base_tasks._task_repr, self)

    # -- the public interface, but for cancel()

    def get_coro(self):
        """The coroutine."""
        cdef object coroutine
        tl_lock(<PyObject *>self)
        coroutine = self._coroutine
        tl_unlock(<PyObject *>self)
        return coroutine

    def get_context(self):
        """The contextvars.Context that the coroutine runs in."""
        return self.own_context()

    def get_name(self):
        """The name: what was given, else "Task-<number>"."""
        cdef object name
        tl_lock(<PyObject *>self)
        name = self._name
        tl_unlock(<PyObject *>self)
        return f"Task-{self._number}" if name is None else name

    def set_name(self, value):
        """Name the task str(value)."""
        cdef object name = str(value)
        cdef object _held
        tl_lock(<PyObject *>self)
        _held = self._name
        self._name = name
        tl_unlock(<PyObject *>self)

    def set_result(self, result):
        raise RuntimeError("Task does not support set_result operation")

    def set_exception(self, exception):
        raise RuntimeError("Task does not support set_exception operation")

    def get_stack(self, *, limit=None):
        """The frames where the task is suspended, or of its traceback; see asyncio.Task."""
        return base_tasks._task_get_stack(self, limit)

    def print_stack(self, *, limit=None, file=None):
        """Print the stack or traceback; see asyncio.Task."""
        base_tasks._task_print_stack(self, limit, file)

    def cancelling(self):
        """How many cancel() calls were not taken back by uncancel()."""
        return self._cancels

    def uncancel(self):
        """Take back one cancel(); how many remain."""
        cdef int left
        if self.ready is not None and self.ready.hooks.uncancelled is not None:
            fire(self.ready.hooks.uncancelled, self)
        tl_lock(<PyObject *>self)
        if self._cancels > 0:
            self._cancels -= 1
            if self._cancels == 0 and UNCANCEL_TAKES_BACK:
                self._must_cancel_now = False
        left = self._cancels
        tl_unlock(<PyObject *>self)
        return left

    # -- its own slots, for any thread

    cdef bint wait_for(self, object awaited) noexcept:
        """Suspended on `awaited` from now on; whether a cancellation came too early for that."""
        cdef bint must_cancel
        tl_lock(<PyObject *>self)
        self._waits_for = awaited  # was None
        must_cancel = self._must_cancel_now
        tl_unlock(<PyObject *>self)
        return must_cancel

    cdef object awaited(self):
        """What the task is suspended on, or None; for any thread."""
        cdef object awaited
        tl_lock(<PyObject *>self)
        awaited = self._waits_for
        tl_unlock(<PyObject *>self)
        return awaited

    cdef object own_context(self):
        """The context; somebody wants to keep it, so it must not be shared any more."""
        cdef object entered = None
        cdef object slot
        if self._entered != NULL and tl_door_is_mine(&self.ready.door):
            entered = <object>self._entered
        tl_lock(<PyObject *>self)
        slot = self._run_context
        tl_unlock(<PyObject *>self)
        return self.keep_context(context_of_ones_own(slot, entered))

    cdef object keep_context(self, object context):
        """Run in this context from now on."""
        cdef object _held = self._run_context
        tl_lock(<PyObject *>self)
        self._run_context = context
        tl_unlock(<PyObject *>self)
        return context

    cdef void leave_live(self) noexcept:
        """The loop no longer holds the task."""
        cdef Hooks hooks
        cdef PyObject *moved
        cdef bint listed
        if self._place < 0:
            return
        hooks = self.ready.hooks
        tl_lock(<PyObject *>hooks)
        listed = self._place < hooks.live_count and hooks.live[self._place] == <PyObject *>self
        if listed:
            moved = hooks.take_live(self._place)
            (<TaskFace>moved)._place = self._place
        self._place = -1
        tl_unlock(<PyObject *>hooks)
        if listed:
            Py_DECREF(self)  # the list's reference; the caller holds another
