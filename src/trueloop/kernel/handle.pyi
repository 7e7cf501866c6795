"""A scheduled callback with its context; see handle.pyx."""

import asyncio
from collections.abc import Callable, Sequence
from contextvars import Context
from typing import Any

# By its __class__ property an instance is an asyncio.Handle to isinstance, and so to type checkers.
class Handle(asyncio.Handle):
    def __init__(
        self,
        callback: Callable[..., object],
        args: Sequence[Any],
        loop: asyncio.AbstractEventLoop,
        context: Context | None = None,
    ) -> None: ...
    @property
    def created_at(self) -> tuple[str, int, str] | None: ...
    def get_context(self) -> Context: ...
    def cancel(self) -> None: ...
    def cancelled(self) -> bool: ...
