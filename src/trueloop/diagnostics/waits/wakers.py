"""Wakers: what a suspended task waits for, and which futures could end that wait.

Law: the one place that knows, from the waiting side, the insides of asyncio's wait, wait_for,
as_completed, gather, shield, TaskGroup and locks. Reads what is there and retains nothing. What
cannot be recognised has no known wakers: anything might end it.
"""

from __future__ import annotations

import asyncio
import asyncio.base_subprocess
import gc
import os
from asyncio import base_events, locks, selector_events, streams, tasks
from types import CellType, GeneratorType
from typing import TYPE_CHECKING, Any, NamedTuple

from trueloop import primitives
from trueloop.diagnostics import plumbing
from trueloop.diagnostics.waits import chain
from trueloop.primitives.insides import nested_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import CodeType


class Wakers(NamedTuple):
    """What could end a wait.

    Attributes:
        kind: in what the task waits: "task", "gather", "lock", "event", "future", ...
        futures: the pending futures that could end it; empty: not known.
        all_of: whether all of them must be done; else any one will do.
        fails_early: whether a failure of any one ends it, all the same.
        lock: the Lock that is waited for.
    """

    kind: str
    futures: tuple[Any, ...] = ()
    all_of: bool = True
    fails_early: bool = False
    lock: Any = None


# -- who waits in what: the innermost of asyncio's coroutines tells


def _code(owner: Any, name: str) -> CodeType | None:
    return getattr(getattr(owner, name, None), "__code__", None)


_ENTERS = _code(locks._ContextManagerMixin, "__aenter__")
_AS_COMPLETED = asyncio.as_completed.__code__  # a generator function, up to 3.12
_ONE_COMPLETED = nested_code(asyncio.as_completed, "_wait_for_one") or _code(
    getattr(tasks, "_AsCompletedIterator", None), "_wait_for_one"
)
LOCKS = (asyncio.Lock, primitives.Lock)
_SHIELD = nested_code(asyncio.shield, "_outer_done_callback")
_GATHER = nested_code(asyncio.gather, "_done_callback")
_WHEN = (asyncio.FIRST_COMPLETED, asyncio.FIRST_EXCEPTION, asyncio.ALL_COMPLETED)


def _plain(kind: str) -> Callable[[list[Any], Any], Wakers]:
    """A reader of waits that any code may end."""
    wakers = Wakers(kind)

    def read(links: list[Any], awaited: Any) -> Wakers:
        return wakers

    read.kind = kind  # type: ignore[attr-defined]
    return read


def _in_lock(links: list[Any], awaited: Any) -> Wakers:
    lock = _first(gc.get_referents(links[-1]), LOCKS)
    return Wakers("lock", lock=lock if lock is not None and lock.locked() else None)


def _in_group(links: list[Any], awaited: Any) -> Wakers:
    group = _first(gc.get_referents(links[-1]), plumbing.TASK_GROUPS)
    if group is None or group._on_completed_fut is not awaited:
        return Wakers("TaskGroup")
    return Wakers("TaskGroup", _pending(group._tasks), fails_early=not group._aborting)


def _in_wait(links: list[Any], awaited: Any) -> Wakers:
    futures: Iterable[Any] = getattr(links[-1], "futures", ())  # of a native one
    when = getattr(links[-1], "return_when", None)
    for found in () if when is not None else gc.get_referents(links[-1]):
        if type(found) in (set, frozenset, list) and not futures:
            futures = found
        elif type(found) is CellType and found != CellType() and when is None:
            content = found.cell_contents
            when = content if type(content) is str and content in _WHEN else None
    if when is None:
        return Wakers("wait")
    return Wakers(
        "wait",
        _pending(futures),
        all_of=when != asyncio.FIRST_COMPLETED,
        fails_early=when == asyncio.FIRST_EXCEPTION,
    )


def _in_wait_for(links: list[Any], awaited: Any) -> Wakers:
    inner = getattr(links[-1], "awaited", None)  # of a native one, up to 3.11
    if inner is not None:
        return Wakers("wait_for", _pending((inner,)))
    for found in gc.get_referents(links[-1]):
        if found is awaited:  # 3.12 and later: it awaits what it was given
            return of_future(found)
        if asyncio.isfuture(found):  # a future of its own, which a callback on this one finishes
            return Wakers("wait_for", _pending((found,)))
    return Wakers("wait_for")


def _in_queue(links: list[Any], awaited: Any) -> Wakers:
    if len(links) < 2 or chain.code_of(links[-2]) is not _ONE_COMPLETED:
        return _QUEUE_GET
    queue = _first(gc.get_referents(links[-1]), asyncio.Queue)
    if queue is None or not queue.empty():
        return Wakers("as_completed")
    for found in gc.get_referents(links[-2]):
        if hasattr(found, "_todo"):  # 3.13 and later
            return Wakers("as_completed", _pending(found._todo), all_of=False)
    for outer in links[:-2]:
        for found in gc.get_referents(outer):
            if type(found) is GeneratorType and found.gi_code is _AS_COMPLETED:
                contents = _contents(gc.get_referents(found))
                if any(content is queue for content in contents):
                    todo = _first(contents, set)
                    if todo is not None:
                        return Wakers("as_completed", _pending(todo), all_of=False)
    return Wakers("as_completed")


def _in_as_completed(links: list[Any], awaited: Any) -> Wakers:
    """A native one; asyncio's waits in a queue."""
    completions = getattr(links[-1], "completions", None)
    if completions is None:
        return of_future(awaited)
    return Wakers("as_completed", _pending(completions.todo), all_of=False)


_QUEUE_GET = Wakers("queue get")
_READERS: dict[CodeType | None, Callable[[list[Any], Any], Wakers]] = {
    _code(asyncio, "sleep"): _plain("sleep"),
    _code(asyncio.Event, "wait"): _plain("event"),
    _code(asyncio.Lock, "acquire"): _in_lock,
    _code(asyncio.Semaphore, "acquire"): _plain("semaphore"),
    _code(asyncio.Condition, "wait"): _plain("condition"),
    _code(asyncio.Barrier, "wait"): _plain("barrier"),
    _code(asyncio.Queue, "get"): _in_queue,
    _code(asyncio.Queue, "put"): _plain("queue put"),
    _code(asyncio.Queue, "join"): _plain("queue join"),
    _code(asyncio.TaskGroup, "__aexit__"): _in_group,
    _code(asyncio.TaskGroup, "_aexit"): _in_group,  # 3.13 and later
    _code(tasks, "_wait"): _in_wait,
    _ONE_COMPLETED: _in_as_completed,
    _code(asyncio, "wait_for"): _in_wait_for,
    _code(tasks, "_cancel_and_wait"): _in_wait_for,
    _code(asyncio.StreamReader, "_wait_for_data"): _plain("stream"),
    **{  # native ones stand for these, and consist of no others
        _code(asyncio.StreamReader, name): _plain("stream")
        for name in ("read", "readexactly", "readline", "readuntil", "__anext__")
    },
    _code(streams.FlowControlMixin, "_drain_helper"): _plain("drain"),
    _code(asyncio.StreamWriter, "drain"): _plain("drain"),
    _code(asyncio.StreamReaderProtocol, "_get_close_waiter"): _plain("close"),
    _code(asyncio.base_subprocess.BaseSubprocessTransport, "_wait"): _plain("process"),
    _code(asyncio.AbstractServer, "wait_closed"): _plain("server"),
    _code(base_events.Server, "wait_closed"): _plain("server"),
    _code(base_events.Server, "serve_forever"): _plain("server"),
    **{
        _code(selector_events.BaseSelectorEventLoop, name): _plain("socket")
        for name in (
            "sock_recv",
            "sock_recv_into",
            "sock_recvfrom",
            "sock_recvfrom_into",
            "sock_sendall",
            "sock_sendto",
            "sock_connect",
            "_sock_connect",
            "sock_accept",
        )
    },
}
_READERS.pop(None, None)
_KINDS = {code: getattr(reader, "kind", None) for code, reader in _READERS.items()}
_KINDS[asyncio.Queue.get.__code__] = "queue get"
_ASYNCIO = os.path.dirname(asyncio.__file__) + os.sep


def is_suspended(task: Any) -> bool:
    """Whether a pending task waits for something, and is not about to go on."""
    awaited = task._fut_waiter
    return awaited is not None and not awaited.done()


def of_task(task: Any) -> Wakers | None:
    """What a pending task waits for; None if it is not suspended, or about to go on."""
    awaited = task._fut_waiter
    if awaited is None or awaited.done():
        return None
    if isinstance(awaited, asyncio.Task):
        return Wakers("task", (awaited,))
    links = chain.of_task(task)
    if links:
        reader = _READERS.get(chain.code_of(links[-1]))
        if reader is not None:
            return reader(links, awaited)
    return of_future(awaited)


def of_future(future: Any) -> Wakers:
    """What could finish a pending future that is no task."""
    if plumbing.is_gather(future):
        pending = _pending(future._children)
        return Wakers("gather", pending, fails_early=_fails_early(future, pending))
    for callback in plumbing.callbacks(future):
        code = plumbing.code_of(callback)
        if code is None:
            continue
        if code is _SHIELD:
            return Wakers("shield", _pending((plumbing.enclosed(callback, "inner"),)))
        if code is plumbing.CHECKS_CANCEL:
            return Wakers("thread")
    return Wakers("future")


def _fails_early(gather: Any, children: tuple[Any, ...]) -> bool:
    for child in children:
        for callback in plumbing.callbacks(child):
            if (
                plumbing.code_of(callback) is _GATHER
                and plumbing.enclosed(callback, "outer") is gather
            ):
                return not plumbing.enclosed(callback, "return_exceptions")
    return True


def outermost_kind(task: Any) -> str | None:
    """In what a task waits, in the words of whoever called asyncio: Queue.join() uses an Event."""
    found = None
    for link in reversed(chain.of_task(task)):
        code = chain.code_of(link)
        if code is None or not code.co_filename.startswith(_ASYNCIO):
            break
        found = _KINDS.get(code, found)
    return found


def enters_lock(links: list[Any]) -> bool:
    """Whether a task that waits for a lock does so at the beginning of an `async with`."""
    if getattr(links[-1], "entering", False):  # a native one
        return True
    return len(links) > 1 and chain.code_of(links[-2]) is _ENTERS


def _first(found: Iterable[Any], kind: type[Any] | tuple[type[Any], ...]) -> Any:
    return next((each for each in found if isinstance(each, kind)), None)


def _contents(found: Iterable[Any]) -> list[Any]:
    empty = CellType()
    return [each.cell_contents for each in found if type(each) is CellType and each != empty]


def _pending(futures: Iterable[Any]) -> tuple[Any, ...]:
    """Those that are not done, without repetition."""
    found = {id(each): each for each in futures if asyncio.isfuture(each) and not each.done()}
    return tuple(found.values())


def futures_awaited(future: Any) -> tuple[Any, ...]:
    """The pending futures of which it is known that they could end a task's or future's wait."""
    if future.done():
        return ()
    found = of_task(future) if isinstance(future, asyncio.Task) else of_future(future)
    return () if found is None else found.futures
