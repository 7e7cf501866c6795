"""What differs between versions of asyncio.TaskGroup, found by trying it on stand-ins.

Law: asks asyncio's own class, and knows nothing of the native one. Patch releases change such
things too, so that the number of a version would not tell.
"""

import asyncio
from asyncio import taskgroups
from typing import Any

_TaskGroup: Any = taskgroups.TaskGroup


class _Task:
    """Stands in for the task that has entered a group, and for one of its children."""

    def __init__(self, requests: int = 0, *, is_done: bool = False) -> None:
        self.calls: list[str] = []
        self._requests = requests
        self._is_done = is_done

    def __getattr__(self, name: str) -> Any:
        def note(*_: object, **__: object) -> object:
            self.calls.append(name)
            answers = {"uncancel": self._requests, "cancelling": self._requests}
            return {**answers, "done": self._is_done}.get(name)

        return note


class _Loop:
    """Stands in for a loop: makes one task."""

    def __init__(self, task: _Task) -> None:
        self._task = task

    def create_task(self, coro: Any, **_: Any) -> _Task:
        coro.close()
        return self._task

    def create_future(self) -> Any:
        return _Pause()


class _Pause:
    """Stands in for a future."""

    def __await__(self) -> Any:
        yield self


class _Coroutine(_Task):
    """Stands in for a coroutine that is refused."""


class _Cancelled(asyncio.CancelledError):
    """One of the program's own."""


def _group(host: _Task, child: _Task | None = None) -> Any:
    """A group that was entered."""
    group = _TaskGroup()
    group._entered = True
    group._loop = _Loop(child or _Task())
    group._parent_task = host
    return group


def _leave(group: Any, error: BaseException | None = None) -> object:
    """Leave a group that has nothing to wait for: what that returns or raises."""
    kind = None if error is None else type(error)
    try:
        group.__aexit__(kind, error, None).send(None)
    except StopIteration as end:
        return end.value
    except BaseException as failure:
        return failure
    raise AssertionError("it has nothing to wait for")


def _uncancels_last() -> bool:
    host = _Task()
    group = _group(host)
    group._parent_cancel_requested = True
    group._tasks = {child := _Task()}
    leaving = group.__aexit__(None, None, None)
    leaving.send(None)
    is_early = "uncancel" in host.calls
    group._tasks.discard(child)
    leaving.close()
    return not is_early


def _takes_subclasses() -> bool:
    return isinstance(_leave(_group(_Task()), _Cancelled()), asyncio.CancelledError)


def _cancels_again() -> bool:
    host = _Task(requests=1)
    _leave(_group(host), KeyError())
    return "cancel" in host.calls


def _lets_generators_end() -> bool:
    return isinstance(_leave(_group(_Task()), GeneratorExit()), GeneratorExit)


def _suppresses_the_rest() -> bool:
    return _leave(_group(_Task())) is True


def _forgets_at_the_end() -> bool:
    group = _group(_Task())
    _leave(group)
    return group._parent_task is None


def _minds_other_requests() -> bool:
    code = getattr(_TaskGroup, "_aexit", _TaskGroup.__aexit__).__code__
    return "pending_cancellation_error" in code.co_varnames


async def _nothing() -> None:
    pass


def _looks_at_once() -> bool:
    child = _Task(is_done=True)
    _group(_Task(), child).create_task(_nothing())
    return "add_done_callback" not in child.calls


def _cancels_latecomers() -> bool:
    child = _Task()
    group = _group(_Task(), child)

    class Loop(_Loop):
        def create_task(self, coro: Any, **options: Any) -> _Task:
            group._aborting = True
            return super().create_task(coro, **options)

    group._loop = Loop(child)
    group.create_task(_nothing())
    return "cancel" in child.calls


# gh-116720: the request of the group itself is taken back when all children have ended, not before
# (3.13).
UNCANCELS_LAST = _uncancels_last()
# gh-113848: a subclass of CancelledError, too, is a cancellation (3.13).
TAKES_SUBCLASSES = _takes_subclasses()
# Part of the same: if others have cancelled the host as well, it is cancelled again.
CANCELS_AGAIN = _cancels_again()
# gh-155433: their CancelledError is not dropped (3.15).
MINDS_OTHER_REQUESTS = _minds_other_requests()
# A GeneratorExit of the block leaves it as it is (3.15).
LETS_GENERATORS_END = _lets_generators_end()
# What is left of the block's exception when nothing is raised goes no further (3.15).
SUPPRESSES_THE_REST = _suppresses_the_rest()
# The host and the errors are forgotten when the group is left (3.14).
FORGETS_AT_THE_END = _forgets_at_the_end()
# A child that ended in its eager first step is dealt with at once (3.12 and 3.13).
LOOKS_AT_ONCE = _looks_at_once()
# gh-155418: a child whose eager first step tells the group to end is cancelled (3.15).
CANCELS_LATECOMERS = _cancels_latecomers()
