"""CPython's pipe transports, which tell when a foreign thread uses them.

Law: adds one question to each call that sends or closes; all else is asyncio's. Such a call may
touch nothing of the loop (bytes that the pipe takes at once), so the loop would not notice. Stream
and datagram transports are the kernel's own and ask for themselves.
"""

from __future__ import annotations

from asyncio import unix_events
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from trueloop.kernel.loop import Loop

__all__ = ["ReadPipeTransport", "WritePipeTransport"]


def _note(transport: Any, what: str) -> None:
    """Tell if another thread than the loop's makes this call of a transport that is still open."""
    loop: Loop | None = transport._loop  # None once the connection is lost
    if loop is not None:
        loop._note_use(transport, what)


class WritePipeTransport(unix_events._UnixWritePipeTransport):  # type: ignore[name-defined, misc]
    """Bytes into a pipe."""

    def write(self, data: Any) -> None:
        """Write, or keep what the pipe does not take at once."""
        _note(self, "transport.write()")
        super().write(data)

    def write_eof(self) -> None:
        """Close after what is kept has been written."""
        _note(self, "transport.write_eof()")
        super().write_eof()

    def abort(self) -> None:
        """Close now."""
        _note(self, "transport.abort()")
        super().abort()


class ReadPipeTransport(unix_events._UnixReadPipeTransport):  # type: ignore[name-defined, misc]
    """Bytes out of a pipe."""

    def _add_reader(self, fd: int, callback: Callable[[], None]) -> None:
        """Begin to read. A pipe that cannot be watched is lost; asyncio would wait for ever."""
        try:
            super()._add_reader(fd, callback)
        except (OSError, MemoryError) as error:
            self._fatal_error(error, "Fatal error: the pipe cannot be watched.")

    def close(self) -> None:
        """Close."""
        _note(self, "transport.close()")
        super().close()
