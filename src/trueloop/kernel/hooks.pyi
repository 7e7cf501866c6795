"""What a loop tells an observer; see hooks.pyx, which says what each slot is called with."""

import asyncio
from collections.abc import Callable
from types import CodeType
from typing import Any, final

from trueloop.kernel.future import Future
from trueloop.kernel.handle import Handle
from trueloop.kernel.loop import Loop
from trueloop.kernel.task import Task

on_new_loop: list[Callable[[Any], object]]

def skip_code(code: CodeType) -> None: ...
def skip_reader(code: CodeType) -> None: ...
def beats_address() -> int: ...
def live_tasks() -> list[Task[Any]]: ...

@final
class Hooks:
    before_step: Callable[[Task[Any]], object] | None
    after_step: Callable[[Task[Any]], object] | None
    wait_begins: Callable[[Task[Any], Any], object] | None
    task_created: Callable[[Task[Any]], object] | None
    task_cancelled: Callable[[Task[Any]], object] | None
    task_finished: Callable[[Task[Any]], object] | None
    task_failed: Callable[[Task[Any]], object] | None
    future_failed: Callable[[Future[Any]], object] | None
    read_by_plumbing: Callable[[Future[Any]], bool] | None
    callback_failed: Callable[[Loop, dict[str, Any]], object] | None
    reported: Callable[[asyncio.AbstractEventLoop, dict[str, Any]], object] | None
    slow_step: Callable[[Loop, Task[Any] | Handle, int, float], object] | None
    slow_pass: Callable[[Loop, int, float, int, float], object] | None
    idle: Callable[[Loop, float], float] | None
    wrong_thread: Callable[[Any, str], object] | None
    circular: Callable[[Task[Any], Task[Any]], BaseException | None] | None
    cancellation_survived: Callable[[Task[Any], BaseException], object] | None
    uncancelled: Callable[[Task[Any]], object] | None
    exception_lost: Callable[[Future[Any]], object] | None
    abandoned: Callable[[Task[Any]], object] | None
    generator_begins: Callable[[Any], object] | None
    generator_left: Callable[[Any], object] | None
    submits: Callable[[Loop, Any, Callable[..., Any]], Callable[..., Any]] | None
    live_count: int
    cancels: int
    hearing: Any
    def tasks(self) -> list[Task[Any]]: ...
    @property
    def beat_address(self) -> int: ...
    @property
    def current_task(self) -> Task[Any] | None: ...
