"""Waiters: what may stand in a future's list of those who wait, and how each is told.

Law: knows neither futures nor what is made of the news.

There are three kinds, and what stands beside them, in place of the context, tells which: a Task of
ours (None), which is queued as it is; a Listener (LISTENS); and a done-callback (its context).

asyncio's gather, TaskGroup and their like hang a callback on each child. A Listener is one object
for all children, and is asked when a child is done whether it wants to hear of that in the next
pass, when asyncio would call the callback: most news only count.

Others see a callable: among a future's callbacks, in remove_done_callback(), and when somebody has
put their own call_soon or Handle in the way. `stands_for` is the code of asyncio's callback that it
does the work of, `finishes` the future or task that will go on by it.
"""

from contextvars import copy_context

from trueloop.kernel.context cimport context_of_ones_own
from trueloop.kernel.handle cimport fail_callback


cdef class Listener:
    """Who is told in C."""

    cdef bint wants(self, object future) noexcept:
        return True

    cdef int hear(self, object future) except -1:
        raise NotImplementedError("a Listener must say what it makes of the news")

    cdef object shown(self):
        raise NotImplementedError("a Listener must say what is seen of it")

    def _hear(self, future):
        """What is scheduled where somebody has put their own call_soon or Handle in the way."""
        self.hear(future)


cdef class Callback(Listener):
    """A done-callback written in C."""

    stands_for = None

    cdef object shown(self):
        return self

    @property
    def finishes(self):
        return None

    @property
    def __qualname__(self):
        return self.stands_for.co_qualname

    @property
    def __name__(self):
        return self.stands_for.co_name

    def __call__(self, future):
        """Somebody who has taken it from the callbacks calls it himself."""
        if self.wants(future):
            self.hear(future)


LISTENS = Listener()


cdef int tell(Listener listener, object future, object loop, Ready ready) except -1:
    ready.hooks.hearing = listener
    try:
        listener.hear(future)
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException as exc:
        return fail_callback(exc, listener._hear, future, loop)
    finally:
        ready.hooks.hearing = None
    return 0


cdef object shown_callback(object who, object context):
    if context is None:
        return who._wakeup
    return (<Listener>who).shown() if context is LISTENS else who


cdef object shown_context(object who, object context):
    if context is None:
        return who.get_context()
    return copy_context() if context is LISTENS else context_of_ones_own(context, None)


cdef object scheduled_callback(object who, object context):
    if context is None:
        return who._wakeup
    return who._hear if context is LISTENS else who


cdef int queue_by_detour(object call_soon, object who, object context, object future) except -1:
    """Somebody replaced the loop's call_soon: everything goes through theirs."""
    call_soon(scheduled_callback(who, context), future, context=shown_context(who, context))
    return 0
