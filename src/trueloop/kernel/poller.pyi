"""Which file descriptors are ready; see poller.pyx."""

from typing import Self, final

from trueloop.kernel.handle import Handle
from trueloop.kernel.ready import Ready

@final
class Poller:
    watched: int
    def __new__(cls, ready: Ready) -> Self: ...
    def fileno(self) -> int: ...
    def callbacks(self, fd: int) -> tuple[Handle | None, Handle | None]: ...
    def descriptors(self) -> list[int]: ...
