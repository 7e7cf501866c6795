"""What mypy sees of the native timeouts: asyncio's, and how their errors are made."""

from asyncio import CancelledError
from asyncio import Timeout as Timeout
from asyncio import timeout as timeout
from asyncio import timeout_at as timeout_at
from collections.abc import Callable
from types import CodeType
from typing import Any, TypeAlias

_Maker: TypeAlias = Callable[[Timeout, CancelledError, CodeType], TimeoutError] | None

def make_errors_by(function: _Maker) -> _Maker: ...
def leaving() -> tuple[Any, BaseException | None] | None: ...
