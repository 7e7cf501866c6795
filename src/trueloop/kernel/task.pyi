"""A coroutine and the future of its result; see task.pyx."""

import asyncio
from collections.abc import Coroutine, Generator
from contextvars import Context
from typing import Any, TypeVar

from trueloop.kernel.future import Future

_T_co = TypeVar("_T_co", covariant=True)

class Task(Future[_T_co], asyncio.Task[_T_co]):  # type: ignore[type-var]
    def __init__(
        self,
        coro: Generator[Any, None, _T_co] | Coroutine[Any, Any, _T_co],
        *,
        loop: asyncio.AbstractEventLoop | None = None,
        name: str | None = None,
        context: Context | None = None,
        eager_start: bool = False,
    ) -> None: ...
    @property
    def created_at(self) -> tuple[str, int, str] | None: ...
    def get_context(self) -> Context: ...

def register_with_asyncio() -> None: ...
def publishes_natively() -> bool: ...
