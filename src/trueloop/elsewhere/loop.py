"""EventLoop: asyncio's own loop, which tells its hooks what it does.

Law: schedules nothing itself. The one door by which every step begins, on each Python and on each
system, is the popleft() of asyncio's ready queue; the queue is given a class that tells of it.
"""

from __future__ import annotations

import asyncio
import collections
import sys
from typing import TYPE_CHECKING, Any, TypeVarTuple, Unpack

from trueloop import observed
from trueloop.elsewhere import hooks as slots
from trueloop.elsewhere.future import Future, Task
from trueloop.elsewhere.handle import note_site, shows_itself, skip_file
from trueloop.elsewhere.hooks import Hooks
from trueloop.observed import ObservedLoop

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Context

__all__ = ["EventLoop", "new_event_loop"]

Ts = TypeVarTuple("Ts")

if sys.platform == "win32":
    from asyncio import ProactorEventLoop as SystemLoop
else:
    from asyncio import SelectorEventLoop as SystemLoop


class ReadyQueue(collections.deque[Any]):
    """What may run now; taking something out begins its step."""

    __slots__ = ("hooks",)

    hooks: Hooks

    def popleft(self) -> Any:
        """The next handle, which is about to run."""
        handle = super().popleft()
        self.hooks.step_begins(handle)
        return handle


class EventLoop(ObservedLoop, SystemLoop):
    """A complete asyncio event loop: CPython's own for this system, observed."""

    def __init__(self) -> None:
        super().__init__()
        self._hooks = Hooks(self)
        self._ready: ReadyQueue = ReadyQueue(self._ready)
        self._ready.hooks = self._hooks
        for attach in slots.on_new_loop:
            attach(self)

    @property
    def hooks(self) -> Hooks:
        """The slots, and the facts about the loop."""
        return self._hooks

    # -- running

    def run_forever(self) -> None:
        """Run until stop() is called."""
        self._check_closed()
        self._check_running()
        self.hooks.run_begins()
        try:
            with self._noting_outcome():
                super().run_forever()
        finally:
            self.hooks.run_ends()

    def _run_once(self) -> None:
        try:
            super()._run_once()  # type: ignore[misc]  # not in typeshed
        finally:
            self.hooks.pass_ends()

    # -- tasks and futures

    def create_future(self) -> Future:
        """A future of this loop."""
        return Future(loop=self)

    def create_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:
        """Run a coroutine as a task; see asyncio."""
        if self.get_task_factory() is not None:
            return super().create_task(coro, **options)
        self._check_closed()
        task = Task(coro, loop=self, **options)
        if task._source_traceback:
            del task._source_traceback[-1]
        try:
            return task
        finally:
            del task  # what an eager step raised refers to this frame, and so to the task

    # -- callbacks

    def _call_soon(self, callback: Any, args: Any, context: Any) -> asyncio.Handle:
        handle: asyncio.Handle = super()._call_soon(  # type: ignore[misc]  # not in typeshed
            callback, args, context
        )
        if handle._source_traceback:  # in debug mode: asyncio's has no entry of this method
            del handle._source_traceback[-1]
        if not shows_itself(callback):
            note_site(handle, sys._getframe(1))
        return handle

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[Ts]], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call callback(*args) at the time `when` of this loop's clock; see asyncio."""
        timer = super().call_at(when, callback, *args, context=context)
        if timer._source_traceback:
            del timer._source_traceback[-1]
        if not shows_itself(callback):
            note_site(timer, sys._getframe(1))
        return timer

    # -- errors

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Report an error that has no other place to go; see asyncio."""
        if self.hooks.callback_failed is not None and _is_callback(context):
            self.hooks.callback_failed(self, context)
        super().call_exception_handler(context)


def _is_callback(context: dict[str, Any]) -> bool:
    return "handle" in context and str(context.get("message")).startswith("Exception in callback")


def new_event_loop() -> EventLoop:
    """A new event loop of asyncio's, observed."""
    return EventLoop()


skip_file(__file__)
skip_file(observed.__file__)
