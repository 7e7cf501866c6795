"""CPython's datagram and pipe transports, which tell when a foreign thread uses them.

Law: adds one question to each call that sends or closes; all else is asyncio's. Such a call may
touch nothing of the loop (a datagram that the socket takes at once), so the loop would not notice.
Stream transports are the kernel's own (kernel/stream.pyx) and ask for themselves.
"""

from __future__ import annotations

from asyncio import selector_events, unix_events
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trueloop.kernel.loop import Loop

__all__ = ["DatagramTransport", "ReadPipeTransport", "WritePipeTransport"]


class DatagramTransport(selector_events._SelectorDatagramTransport):  # type: ignore[name-defined, misc]
    """Datagrams through a socket."""

    _loop: Loop

    def sendto(self, data: Any, addr: Any = None) -> None:
        """Send a datagram, or keep it until the socket takes it."""
        self._loop.note_use(self, "transport.sendto()")
        super().sendto(data, addr)

    def close(self) -> None:
        """Close after what is kept has been sent."""
        self._loop.note_use(self, "transport.close()")
        super().close()

    def abort(self) -> None:
        """Close now."""
        self._loop.note_use(self, "transport.abort()")
        super().abort()


class WritePipeTransport(unix_events._UnixWritePipeTransport):  # type: ignore[name-defined, misc]
    """Bytes into a pipe."""

    _loop: Loop

    def write(self, data: Any) -> None:
        """Write, or keep what the pipe does not take at once."""
        self._loop.note_use(self, "transport.write()")
        super().write(data)

    def write_eof(self) -> None:
        """Close after what is kept has been written."""
        self._loop.note_use(self, "transport.write_eof()")
        super().write_eof()

    def abort(self) -> None:
        """Close now."""
        self._loop.note_use(self, "transport.abort()")
        super().abort()


class ReadPipeTransport(unix_events._UnixReadPipeTransport):  # type: ignore[name-defined, misc]
    """Bytes out of a pipe."""

    _loop: Loop

    def close(self) -> None:
        """Close."""
        self._loop.note_use(self, "transport.close()")
        super().close()
