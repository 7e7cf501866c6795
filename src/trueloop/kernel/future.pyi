"""A result that is not there yet; see future.pyx."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

_T = TypeVar("_T")

# By its __class__ property an instance is an asyncio.Future to isinstance, and so to type checkers,
# which take the methods from there.
class Future(asyncio.Future[_T]):
    def __init__(self, *, loop: asyncio.AbstractEventLoop | None = None) -> None: ...
    @property
    def reads(self) -> int: ...

def answer_awaited_by(
    function: Callable[[asyncio.Future[Any]], frozenset[asyncio.Task[Any]] | None],
) -> None: ...
