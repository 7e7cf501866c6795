"""The ready queue: what may run now; see ready.pyx."""

from typing import Any, final

from trueloop.kernel.hooks import Hooks

class Job: ...

@final
class Ready:
    hooks: Hooks
    def __init__(self, hooks: Hooks) -> None: ...
    def __len__(self) -> int: ...
    def snapshot(self) -> list[Any]: ...
