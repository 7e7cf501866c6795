"""Scheduling, played from a tape: callbacks, timers, futures, tasks and what tasks wait for.

Law: what happens depends on the tape alone, never on the clock or on an address; so two loops that
agree on the order of things write the same log. Nothing here blocks: the player is queued in every
pass, and timers are due in the past or never.

Tasks await tasks that are older than themselves only: circles are another matter, which asyncio
leaves to hang.
"""

import asyncio
import contextlib
import gc
from collections.abc import Callable, Coroutine
from typing import Any

from tests.fuzz.tape import Tape

OPERATIONS_AT_MOST = 120
PASSES_TO_SETTLE = 60
FAR_S = 100_000.0


class Planned(Exception):
    """What a script raises on purpose."""


class Player:
    """Plays one tape on one loop, and keeps the log.

    Args:
        loop: Where.
        names: Where sleep, gather, Lock, ... come from: the module asyncio, or one like it.
        tape: What is done.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, names: Any, tape: Tape) -> None:
        self.log: list[str] = []
        self._loop = loop
        self._names: Any = names
        self._tape = tape
        self._ids = 0
        self._handles: list[asyncio.Handle] = []
        self._futures: list[asyncio.Future[Any]] = []
        self._tasks: list[asyncio.Task[Any]] = []
        self._callbacks: list[tuple[asyncio.Future[Any], Callable[..., None]]] = []
        self._depth = 0
        self._operations: tuple[Callable[[], None], ...] = (
            self._soon, self._soon, self._acting_callback, self._timer, self._far_timer,
            self._cancel_handle, self._cancel_handle, self._future, self._future,
            self._settle, self._settle, self._fail, self._cancel_future, self._callback,
            self._remove_callback, self._task, self._task, self._task, self._task,
            self._cancel_task, self._cancel_task, self._uncancel, self._release, self._put,
            self._set_event, self._clear_event, self._release_semaphore, self._collect,
            self._drop, self._threadsafe, self._notify, self._eager_read,
        )  # fmt: skip

    def play(self) -> list[str]:
        """Play to the end; what was seen."""
        self._loop.set_exception_handler(self._note_unhandled)
        self._loop.run_until_complete(self._main())
        return self.log

    async def _main(self) -> None:
        names = self._names
        self._lock = names.Lock()
        self._event = names.Event()
        self._semaphore = names.Semaphore(1)
        self._condition = names.Condition()
        self._queue = names.Queue(2)
        self._priorities = names.PriorityQueue()
        for _ in range(OPERATIONS_AT_MOST):
            if self._tape.is_over:
                break
            if self._tape.below(4) == 0:
                self._note("pass")
                await self._next_pass()
            self._operate()
        await self._end()

    async def _end(self) -> None:
        for _ in range(PASSES_TO_SETTLE):
            await self._next_pass()
        self._note("end")
        for round_ in range(8):  # some swallow the first ones
            for task in self._tasks:
                if not task.done():
                    task.cancel(f"end {round_}")
            for _ in range(PASSES_TO_SETTLE):
                await self._next_pass()
        for handle in self._handles:
            handle.cancel()
        for future in self._futures:
            future.cancel()
        for _ in range(PASSES_TO_SETTLE):
            await self._next_pass()
        for number, task in enumerate(self._tasks):
            self._note(f"at last task {number} {outcome(task)}")
        for number, future in enumerate(self._futures):
            self._note(f"at last future {number} {outcome(future)}")

    def _next_pass(self) -> "asyncio.Future[None]":
        future = self._loop.create_future()
        self._loop.call_soon(lambda: future.done() or future.set_result(None))
        return future

    def _operate(self) -> None:
        operation = self._tape.one_of(self._operations)
        try:
            operation()
        except Exception as error:  # which is the same on both
            self._note(f"{operation.__name__} raised {told(error)}")

    def _note(self, text: str) -> None:
        self.log.append(text)

    def _note_unhandled(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if "never retrieved" in context["message"]:
            return  # when it is said is the garbage collector's matter
        text = context["message"].partition(" callback")[0].partition("(")[0]
        self._note(f"unhandled {text} {told(context.get('exception'))}")

    def _new_id(self) -> int:
        self._ids += 1
        return self._ids

    # -- callbacks and timers

    def _logging(self) -> Callable[..., None]:
        number = self._new_id()
        return lambda *args: self._note(f"callback {number} {len(args)}")

    def _soon(self) -> None:
        self._handles.append(self._loop.call_soon(self._logging()))

    def _threadsafe(self) -> None:
        self._handles.append(self._loop.call_soon_threadsafe(self._logging()))

    def _acting_callback(self) -> None:
        """A callback that operates itself, and may fail."""
        count = self._tape.below(3) + 1
        fails = self._tape.below(5) == 0

        def act() -> None:
            if self._depth > 3:
                return
            self._depth += 1
            try:
                for _ in range(count):
                    self._operate()
            finally:
                self._depth -= 1
            if fails:
                raise Planned("callback")

        self._handles.append(self._loop.call_soon(act))

    def _timer(self) -> None:
        """One that is due already, behind or before others."""
        # Rounded, and no two alike: asyncio does not promise the order of those that are.
        when = round(self._loop.time()) - 1000 + self._tape.below(8) + self._ids / 1e5
        self._handles.append(self._loop.call_at(when, self._logging()))

    def _far_timer(self) -> None:
        self._handles.append(self._loop.call_later(FAR_S, self._logging()))

    def _cancel_handle(self) -> None:
        if self._handles:
            handle = self._tape.one_of(self._handles)
            handle.cancel()
            self._note(f"handle {handle.cancelled()}")

    # -- futures

    def _future(self) -> None:
        self._futures.append(self._loop.create_future())

    def _settle(self) -> None:
        if self._futures:
            self._tape.one_of(self._futures).set_result(self._new_id())

    def _fail(self) -> None:
        if self._futures:
            kind = self._tape.one_of((Planned, ValueError, asyncio.CancelledError, StopIteration))
            self._tape.one_of(self._futures).set_exception(kind("planned"))

    def _cancel_future(self) -> None:
        if self._futures:
            self._note(f"cancelled {self._tape.one_of(self._futures).cancel('future')}")

    def _callback(self) -> None:
        both = [*self._futures, *self._tasks]
        if both:
            future = self._tape.one_of(both)
            callback = self._logging()
            future.add_done_callback(callback)
            self._callbacks.append((future, callback))

    def _remove_callback(self) -> None:
        if self._callbacks:
            future, callback = self._tape.one_of(self._callbacks)
            self._note(f"removed {future.remove_done_callback(callback)}")

    def _eager_read(self) -> None:
        both = [*self._futures, *self._tasks]
        if both:
            self._note(f"read {outcome(self._tape.one_of(both))}")

    # -- tasks

    def _task(self) -> None:
        number = len(self._tasks)
        steps = [self._step(number) for _ in range(self._tape.below(3) + 1)]
        swallows = self._tape.below(4)
        ending = self._tape.below(6)
        self._tasks.append(
            self._loop.create_task(self._script(number, steps, swallows, ending), name=f"t{number}")
        )

    async def _script(
        self, number: int, steps: list[Callable[[], Any]], swallows: int, ending: int
    ) -> int:
        self._note(f"task {number} begins")
        for place, step in enumerate(steps):
            try:
                result = await step()
            except asyncio.CancelledError as error:
                self._note(f"task {number} at {place} cancelled {error.args}")
                if not swallows:
                    raise
                swallows -= 1
            except Exception as error:
                self._note(f"task {number} at {place} {told(error)}")
                if ending == 1:
                    raise
            else:
                self._note(f"task {number} at {place} got {shown(result)}")
        if ending == 0:
            raise Planned(f"task {number}")
        return number

    def _step(self, number: int) -> Callable[[], Any]:
        """One thing that a task awaits; decided when the task is made."""
        names = self._names
        futures, tasks = list(self._futures), list(self._tasks)
        some = [*futures, *tasks]
        first = self._tape.one_of(some) if some else None
        second = self._tape.one_of(some) if some else None
        flag = bool(self._tape.below(2))
        children = [self._child() for _ in range(self._tape.below(3) + 1)]
        kinds: list[Callable[[], Any]] = [
            lambda: names.sleep(0, number),
            lambda: names.sleep(-1),
            lambda: self._locked(),
            lambda: self._wait_event(),
            lambda: self._with_semaphore(),
            lambda: self._queue.get(),
            lambda: self._queue.put(number),
            lambda: self._priorities.get(),
            lambda: self._notified(),
            lambda: names.gather(*[child() for child in children], return_exceptions=flag),
            lambda: self._group(children),
            lambda: names.wait_for(children[0](), FAR_S),
            lambda: self._limited(children[0], None),
            lambda: self._limited(children[0], FAR_S),
            lambda: self._limited(children[0], -1),
            lambda: children[0](),
        ]
        if first is not None and second is not None:
            kinds += [
                lambda: first,
                lambda: names.shield(first),
                lambda: names.gather(first, second, return_exceptions=flag),
                lambda: names.gather(first, children[0](), first),
                lambda: self._waiting([first, second], flag),
                lambda: names.wait_for(first, FAR_S),
                lambda: names.wait_for(first, 0),
                lambda: self._as_completed(first),
                lambda: names.wait_for(names.shield(first), FAR_S),
            ]
        return self._tape.one_of(kinds)

    def _child(self) -> Callable[[], Coroutine[Any, Any, int]]:
        number = self._new_id()
        pauses = self._tape.below(3)
        fails = self._tape.below(4) == 0

        async def child() -> int:
            try:
                for _ in range(pauses):
                    await self._names.sleep(0)
            except asyncio.CancelledError as error:
                self._note(f"child {number} cancelled {error.args}")
                raise
            self._note(f"child {number} ends")
            if fails:
                raise Planned(f"child {number}")
            return number

        return child

    async def _locked(self) -> str:
        async with self._lock:
            await self._names.sleep(0)
        return "lock"

    async def _with_semaphore(self) -> str:
        async with self._semaphore:
            await self._names.sleep(0)
        return "semaphore"

    async def _wait_event(self) -> Any:
        return await self._event.wait()

    async def _notified(self) -> Any:
        async with self._condition:
            return await self._condition.wait()

    async def _limited(self, child: Callable[[], Any], seconds: float | None) -> Any:
        async with self._names.timeout(seconds):
            return await child()

    async def _waiting(self, futures: list[Any], first: bool) -> str:
        when = asyncio.FIRST_COMPLETED if first else asyncio.ALL_COMPLETED
        done, pending = await self._names.wait(set(futures), return_when=when)
        return f"{len(done)} done {len(pending)} pending"

    async def _as_completed(self, future: Any) -> list[str]:
        """Of one only: of several a set decides which comes first."""
        return [shown(await one) for one in self._names.as_completed([future])]

    async def _group(self, children: list[Callable[[], Any]]) -> str:
        async with self._names.TaskGroup() as group:
            tasks = [group.create_task(child()) for child in children]
        return str([task.result() for task in tasks])

    def _cancel_task(self) -> None:
        if self._tasks:
            message = self._tape.one_of((None, "please"))
            self._note(f"cancel {self._tape.one_of(self._tasks).cancel(message)}")

    def _uncancel(self) -> None:
        if self._tasks:
            task = self._tape.one_of(self._tasks)
            self._note(f"uncancel {task.uncancel()} {task.cancelling()}")

    # -- what tasks wait for

    def _release(self) -> None:
        self._lock.release()

    def _release_semaphore(self) -> None:
        self._semaphore.release()

    def _put(self) -> None:
        self._tape.one_of((self._queue, self._priorities)).put_nowait(self._new_id())

    def _set_event(self) -> None:
        self._event.set()

    def _clear_event(self) -> None:
        self._event.clear()

    def _notify(self) -> None:
        count = self._tape.below(3)

        async def notify() -> None:
            async with self._condition:
                self._condition.notify(count)

        self._tasks.append(self._loop.create_task(notify()))

    # -- memory

    def _collect(self) -> None:
        gc.collect(0)

    def _drop(self) -> None:
        """Forget a future; who waits for it waits on."""
        if self._futures:
            self._futures.pop(self._tape.below(len(self._futures)))


def told(error: BaseException | None) -> str:
    """An exception, without what differs from run to run."""
    if isinstance(error, BaseExceptionGroup):
        return f"{type(error).__name__}({', '.join(told(one) for one in error.exceptions)})"
    text = str(error).partition("<")[0].partition(" at 0x")[0]
    return f"{type(error).__name__}: {text}" if error is not None else ""


def shown(result: Any) -> str:
    if isinstance(result, BaseException):
        return told(result)
    if isinstance(result, list):
        return str([shown(one) for one in result])
    return str(result)


def outcome(future: "asyncio.Future[Any]") -> str:
    """How a future ended."""
    if not future.done():
        return "pending"
    if future.cancelled():
        with contextlib.suppress(asyncio.CancelledError):
            future.result()
        return "cancelled"
    error = future.exception()
    return told(error) if error is not None else f"result {shown(future.result())}"
