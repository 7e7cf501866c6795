"""EventLoop: asyncio's own loop, which tells its hooks what it does.

Law: schedules nothing itself. The one door by which every step begins, on each Python and on each
system, is the popleft() of asyncio's ready queue; the queue is given a class that tells of it.
"""

from __future__ import annotations

import asyncio
import collections
import sys
from typing import TYPE_CHECKING, Any, Literal, TypeVar, TypeVarTuple, Unpack

from trueloop.elsewhere import hooks as slots
from trueloop.elsewhere.future import Future, Task
from trueloop.elsewhere.handle import note_site, shows_itself, skip_file
from trueloop.elsewhere.hooks import Hooks

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator
    from contextvars import Context

__all__ = ["EventLoop", "new_event_loop"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
Outcome = Literal["none", "running", "returned", "raised"]

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


class EventLoop(SystemLoop):
    """A complete asyncio event loop: CPython's own for this system, observed."""

    def __init__(self) -> None:
        super().__init__()
        self.hooks = Hooks(self)
        self._ready: ReadyQueue = ReadyQueue(self._ready)
        self._ready.hooks = self.hooks
        self._outcome: Outcome = "none"
        for attach in slots.on_new_loop:
            attach(self)

    @property
    def main_outcome(self) -> Outcome:
        """How the program's main ended: "none", "running", "returned" or "raised".

        Main is whatever run_until_complete or run_forever ran. Once one of them has raised,
        "raised" stays: what comes after is cleaning up.
        """
        return self._outcome

    # -- running

    def run_forever(self) -> None:
        """Run until stop() is called."""
        self._check_closed()
        self._check_running()
        self.hooks.run_begins()
        try:
            super().run_forever()
        except BaseException:
            self._outcome = "raised"
            raise
        else:
            if self._outcome == "none":  # not inside run_until_complete: this was the main run
                self._outcome = "returned"
        finally:
            self.hooks.run_ends()

    def run_until_complete(self, future: Generator[Any, None, T] | Awaitable[T]) -> T:
        """Run until `future` (a future or a coroutine) is done; its result."""
        if self._outcome != "raised" and not self.is_running():
            self._outcome = "running"
        try:
            result = super().run_until_complete(future)
        except BaseException:
            self._outcome = "raised"
            raise
        if self._outcome == "running":
            self._outcome = "returned"
        return result

    def _run_once(self) -> None:
        try:
            super()._run_once()  # type: ignore[misc]  # not in typeshed
        finally:
            self.hooks.pass_ends()

    def close(self) -> None:
        """Close the loop; it must not be running."""
        abandoned = self.hooks.abandoned
        if abandoned is not None and not self.is_running() and not self.is_closed():
            for task in self.hooks.tasks():
                if isinstance(task, Task) and not task.cancelling():
                    abandoned(task)
        super().close()

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
        if self.hooks.reported is not None:
            self.hooks.reported(self, context)
        super().call_exception_handler(context)

    async def _accept_connection2(
        self, protocol_factory: Callable[[], asyncio.BaseProtocol], *arguments: Any, **options: Any
    ) -> None:
        """Serve a new connection; a protocol factory that raises is told to the hooks.

        asyncio swallows that error without a word outside debug mode.
        """

        def factory() -> asyncio.BaseProtocol:
            try:
                return protocol_factory()
            except Exception as error:
                if self.hooks.reported is not None:
                    message = "Error on transport creation for incoming connection"
                    self.hooks.reported(self, {"message": message, "exception": error})
                raise

        accept = super()._accept_connection2  # type: ignore[misc]  # not in typeshed
        await accept(factory, *arguments, **options)


def _is_callback(context: dict[str, Any]) -> bool:
    return "handle" in context and str(context.get("message")).startswith("Exception in callback")


def new_event_loop() -> EventLoop:
    """A new event loop of asyncio's, observed."""
    return EventLoop()


skip_file(__file__)
