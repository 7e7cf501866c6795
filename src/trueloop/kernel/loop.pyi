"""The native half of the event loop; see loop.pyx.

The methods of asyncio's that it replaces (call_soon, call_later, create_task, ...) are not
repeated: EventLoop has them, with the same signatures, from asyncio's stubs.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from trueloop.kernel.hooks import Hooks
from trueloop.kernel.poller import Poller
from trueloop.kernel.ready import Ready
from trueloop.kernel.timers import TimerHeap
from trueloop.kernel.waker import Waker

class Loop:
    hooks: Hooks
    ready_queue: Ready
    timers: TimerHeap
    poller: Poller
    waker: Waker
    slow_callback_duration: float
    _stopping: bool
    _closed: bool
    _debug: bool
    _thread_id: int | None
    _task_factory: Any
    _current_handle: Any
    def _check_closed(self) -> None: ...
    def _run(self) -> None: ...
    def _let_go(self) -> None: ...
    def _hand_over(
        self, executor: Any, func: Callable[..., Any], args: tuple[Any, ...]
    ) -> asyncio.Future[Any] | None: ...
    def _note_use(self, subject: object, what: str) -> None: ...
    def _open_bell(self, receiver: int, sender: int) -> None: ...
    def _close_bell(self) -> None: ...
