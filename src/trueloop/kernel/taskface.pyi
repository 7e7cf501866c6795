"""What a task shows of itself; see taskface.pyx."""

from contextvars import Context
from typing import TypeVar

from trueloop.kernel.future import Future

_T_co = TypeVar("_T_co", covariant=True)

class TaskFace(Future[_T_co]):  # type: ignore[type-var]
    @property
    def created_at(self) -> tuple[str, int, str] | None: ...
    def get_context(self) -> Context: ...
