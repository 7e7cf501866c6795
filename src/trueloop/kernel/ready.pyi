"""The ready queue: what may run now; see ready.pyx."""

from typing import Any, Self, final

from trueloop.kernel.hooks import Hooks

class Job: ...

@final
class Ready:
    hooks: Hooks
    detour: Any
    def __new__(cls, hooks: Hooks) -> Self: ...
    def __len__(self) -> int: ...
    def snapshot(self) -> list[Any]: ...
