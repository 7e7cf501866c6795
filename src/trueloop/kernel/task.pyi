"""A coroutine and the future of its result; see task.pyx."""

import asyncio
from collections.abc import Coroutine, Generator
from contextvars import Context
from typing import Any, TypeVar

from trueloop.kernel.taskface import TaskFace

_T_co = TypeVar("_T_co", covariant=True)

class Task(TaskFace[_T_co]):
    def __init__(
        self,
        coro: Generator[Any, None, _T_co] | Coroutine[Any, Any, _T_co],
        *,
        loop: asyncio.AbstractEventLoop | None = None,
        name: str | None = None,
        context: Context | None = None,
        eager_start: bool = False,
    ) -> None: ...

def register_with_asyncio() -> None: ...
def interrupt(task: Task[Any], exception: BaseException) -> bool: ...
