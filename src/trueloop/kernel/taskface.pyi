"""What a task shows of itself; see taskface.pyx."""

import asyncio
from contextvars import Context
from typing import TypeVar

from trueloop.kernel.cancellation import CancelRequest
from trueloop.kernel.future import Future

_T_co = TypeVar("_T_co", covariant=True)

# Everything else it shows as asyncio.Task does, and type checkers take it from there.
class TaskFace(Future[_T_co], asyncio.Task[_T_co]):  # type: ignore[type-var]
    @property
    def created_at(self) -> tuple[str, int, str] | None: ...
    @property
    def cancel_request(self) -> CancelRequest | None: ...
    def get_context(self) -> Context: ...
