"""PollerView: a loop's poller, seen as one of the selectors module's objects.

Law: read-only. CPython's transports look up what is registered for their repr, and some tools look
at loop._selector; nobody may register here behind the loop's back.
"""

from __future__ import annotations

import selectors
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from trueloop.kernel.poller import Poller

__all__ = ["PollerView"]


class PollerView(selectors.BaseSelector):
    """What CPython expects of loop._selector, answered by the kernel's poller."""

    def __init__(self, poller: Poller) -> None:
        self._poller = poller

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        """All registered callbacks, by file descriptor."""
        keys = {}
        for fd in self._poller.descriptors():
            reader, writer = self._poller.callbacks(fd)
            mask = (reader is not None and selectors.EVENT_READ) | (
                writer is not None and selectors.EVENT_WRITE
            )
            if mask:
                keys[fd] = selectors.SelectorKey(fd, fd, mask, (reader, writer))
        return keys

    def get_key(self, fileobj: Any) -> selectors.SelectorKey:
        """What is registered for a descriptor or an object with a fileno(); KeyError if nothing."""
        fd = fileobj if isinstance(fileobj, int) else fileobj.fileno()
        return self.get_map()[fd]

    def fileno(self) -> int:
        """The epoll file descriptor; -1 once the loop is closed."""
        return self._poller.fileno()

    def close(self) -> None:
        """Nothing: the loop closes its poller itself."""

    def register(self, fileobj: Any, events: int, data: Any = None) -> NoReturn:
        """Refused; see _refuse."""
        self._refuse()

    def unregister(self, fileobj: Any) -> NoReturn:
        """Refused; see _refuse."""
        self._refuse()

    def select(self, timeout: float | None = None) -> NoReturn:
        """Refused; see _refuse."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise NotImplementedError(
            "the loop polls natively; use loop.add_reader() and loop.add_writer()"
        )
