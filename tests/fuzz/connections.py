"""Connections, played from a tape: what comes out, whatever is done to a transport.

Law: unlike the order of callbacks, when bytes arrive depends on the loop; so nothing is compared
with asyncio here. Each end is held against what every transport promises:

* its protocol hears connection_made first, connection_lost last and once, and eof_received and the
  bytes in between;
* the bytes are those that were written at the other end, in order, each once; all of them, if
  nobody aborted, failed or refused to read;
* pause_writing and resume_writing alternate;
* afterwards its descriptor is closed.
"""

import asyncio
import contextlib
import os
import socket
import struct
from typing import Any

from tests.fuzz.tape import Tape

OPERATIONS_AT_MOST = 60
QUIET_PASSES = 50  # in which nothing arrives: then nothing will
SIZES = (0, 1, 7, 1000, 65_536, 65_537, 262_144, 700_000)
PATTERN = bytes(range(251)) * 8000  # a prime: a piece that is lost or doubled does not fit


class Broken(AssertionError):
    """A transport broke a promise."""


class Planned(Exception):
    """What a protocol raises on purpose."""


def pattern(start: int, size: int) -> bytes:
    start %= 251
    return PATTERN[start : start + size]


class End:
    """One end of a connection, as its protocol sees it.

    Args:
        tape: Decides what it does when it is called.
        other: What was written at the other end, filled in when that exists.
    """

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.transport: Any = None
        self.state = "new"
        self.received = 0
        self.written = 0
        self.peer_wrote = 0
        self.is_paused = False
        self.spoilt = False  # aborted, failed, or a call raised: bytes may be missing now
        self.ended = False  # write_eof() or close(): nothing written later arrives
        self.reacts = tape.below(4) == 0
        self.keeps_open = tape.below(2) == 0

    # -- the protocol

    def connection_made(self, transport: Any) -> None:
        self.expect("new")
        self.state = "open"
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        self.expect("open", "eof")
        self.state = "lost"
        if error is not None:
            self.spoilt = True
        self.react()

    def eof_received(self) -> bool:
        self.expect("open")
        self.state = "eof"
        self.react()
        return self.keeps_open

    def pause_writing(self) -> None:
        if self.is_paused:
            raise Broken("pause_writing() twice")
        self.is_paused = True
        self.react()

    def resume_writing(self) -> None:
        if not self.is_paused:
            raise Broken("resume_writing() without pause_writing()")
        self.is_paused = False
        self.react()

    def take(self, data: bytes | memoryview) -> None:
        self.expect("open")
        if not data:
            raise Broken("no bytes were received")
        if data != pattern(self.received, len(data)):
            raise Broken(f"wrong bytes from {self.received} on")
        self.received += len(data)
        if self.received > self.peer_wrote:
            raise Broken(f"{self.received} bytes of {self.peer_wrote}")
        self.react()

    def expect(self, *states: str) -> None:
        if self.state not in states:
            raise Broken(f"called when {self.state}")

    def react(self) -> None:
        """Do something from inside a callback, and perhaps fail."""
        if self.reacts and self.tape.below(3) == 0:
            self.operate()
            if self.tape.below(6) == 0:
                self.spoilt = True
                raise Planned("protocol")

    # -- what is done to the transport

    def operate(self) -> None:
        if self.transport is None:
            return
        operation = self.tape.one_of(self.operations)
        try:
            getattr(self, f"do_{operation}")(self.transport)
        except (RuntimeError, OSError):  # "Cannot call write() after write_eof()" and the like
            self.spoilt = True

    def next_piece(self) -> bytes:
        return pattern(self.written, self.tape.one_of(SIZES))

    def do_write(self, transport: Any) -> None:
        piece = self.next_piece()
        kind = self.tape.one_of((bytes, bytearray, memoryview))
        self.wrote(len(piece))
        transport.write(kind(piece))

    def do_writelines(self, transport: Any) -> None:
        piece = self.next_piece()
        middle = len(piece) // 2
        self.wrote(len(piece))
        transport.writelines([piece[:middle], piece[middle:], b""])

    def wrote(self, size: int) -> None:
        if self.ended or self.transport.is_closing():
            self.spoilt = True
        self.written += size
        self.partner.peer_wrote += size

    def do_pause(self, transport: Any) -> None:
        transport.pause_reading()

    def do_resume(self, transport: Any) -> None:
        transport.resume_reading()

    def do_limits(self, transport: Any) -> None:
        transport.set_write_buffer_limits(self.tape.one_of((None, 0, 1, 100_000)))

    def do_size(self, transport: Any) -> None:
        if not 0 <= transport.get_write_buffer_size() <= self.written:
            raise Broken(f"{transport.get_write_buffer_size()} bytes of {self.written} buffered")

    def do_look(self, transport: Any) -> None:
        repr(transport)
        transport.get_extra_info("peername")
        if transport.is_reading() and transport.is_closing():
            raise Broken("reads though it closes")

    def do_eof(self, transport: Any) -> None:
        if transport.can_write_eof():
            self.ended = True
            transport.write_eof()

    def do_close(self, transport: Any) -> None:
        self.ended = True
        self.stops_reading = True
        transport.close()

    def do_abort(self, transport: Any) -> None:
        self.spoilt = True
        self.stops_reading = True
        transport.abort()

    operations: tuple[str, ...] = (
        *("write", "write", "write", "writelines", "pause", "resume", "limits", "size"),
        *("close", "abort", "eof", "look"),
    )
    stops_reading = False
    partner: "End"


class Plain(End, asyncio.Protocol):
    """Receives bytes."""

    def data_received(self, data: bytes) -> None:
        self.take(data)


class Buffered(End, asyncio.BufferedProtocol):
    """Receives into a buffer of its own."""

    def __init__(self, tape: Tape) -> None:
        super().__init__(tape)
        self._buffer = bytearray(tape.one_of((200, 3000, 65_536)))

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, size: int) -> None:
        self.take(memoryview(self._buffer)[:size])


class Bare(End):
    """A socket that nobody serves but the tape."""

    def __init__(self, tape: Tape, sock: socket.socket) -> None:
        super().__init__(tape)
        self.state = "open"
        self.reacts = False
        self._socket = sock

    def operate(self) -> None:
        operation = self.tape.one_of(("send", "receive", "receive", "shut", "close", "reset"))
        with contextlib.suppress(BlockingIOError):
            try:
                getattr(self, f"do_{operation}")()
            except OSError:
                self.spoilt = True

    def do_send(self) -> None:
        piece = self.next_piece()
        if piece and self._socket.fileno() >= 0:
            sent = self._socket.send(piece)
            self.written += sent
            self.partner.peer_wrote += sent

    def do_receive(self) -> None:
        data = self._socket.recv(self.tape.one_of(SIZES[1:]))
        if data:
            self.take(data)
        elif self.state == "open":
            self.state = "eof"

    def do_shut(self) -> None:
        self.ended = True
        self._socket.shutdown(socket.SHUT_WR)

    def do_close(self) -> None:
        self.stops_reading = True
        self._socket.close()

    def do_reset(self) -> None:
        """Close with a RST, where there is such a thing."""
        self.spoilt = self.stops_reading = True
        if self._socket.family != socket.AF_UNIX:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def drain(self) -> None:
        """Read all there is."""
        with contextlib.suppress(OSError):
            while self.state == "open" and (data := self._socket.recv(1 << 20)):
                self.take(data)

    def finish(self) -> None:
        self._socket.close()


def socket_pair(listener: socket.socket | None) -> tuple[socket.socket, socket.socket]:
    """Two connected sockets: TCP's if there is a listener."""
    if listener is None:
        pair = socket.socketpair()
    else:
        first = socket.create_connection(listener.getsockname())
        pair = (first, listener.accept()[0])
    for one in pair:
        one.setblocking(False)
    return pair


class Player:
    """Plays one tape on one loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, tape: Tape) -> None:
        self._loop = loop
        self._tape = tape
        self._ends: list[End] = []
        self._broken: list[BaseException] = []

    def play(self) -> None:
        """Play to the end. Raises Broken."""
        before = descriptors()
        self._loop.set_exception_handler(self._note)
        self._loop.run_until_complete(self._main())
        if self._broken:
            raise self._broken[0]
        left = descriptors() - before
        if left:
            raise Broken(f"descriptors left open: {sorted(left)}")

    def _note(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, (AssertionError, TypeError, AttributeError, SystemError)):
            self._broken.append(error)

    async def _main(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            for _ in range(self._tape.below(2) + 1):
                await self._open(self._tape.one_of((None, listener)))
            for _ in range(OPERATIONS_AT_MOST):
                if self._tape.is_over:
                    break
                self._tape.one_of(self._ends).operate()
                for _ in range(self._tape.below(3)):
                    await asyncio.sleep(0)
        await self._end()

    async def _open(self, listener: socket.socket | None) -> None:
        ours, theirs = socket_pair(listener)
        kinds = (Plain, Buffered)
        first: End = self._tape.one_of(kinds)(self._tape)
        if self._tape.below(2):
            second: End = self._tape.one_of(kinds)(self._tape)
        else:
            second = Bare(self._tape, theirs)
        first.partner, second.partner = second, first
        self._ends += [first, second]
        await self._loop.connect_accepted_socket(lambda: first, ours)  # type: ignore[arg-type]
        if not isinstance(second, Bare):
            await self._loop.create_connection(lambda: second, sock=theirs)  # type: ignore[arg-type]

    async def _end(self) -> None:
        """Let all bytes arrive, close everything, and hold each end to its promises."""
        for end in self._ends:
            end.reacts = False
            if end.transport is not None:
                with contextlib.suppress(RuntimeError):
                    end.transport.resume_reading()
        await self._settle()
        for end in self._ends:
            if self._lacks_bytes(end):
                raise Broken(f"{end.received} of {end.partner.written} bytes arrived")
            if end.transport is not None:
                end.transport.close()
        await self._settle()
        for end in self._ends:
            if isinstance(end, Bare):
                end.finish()
        await self._settle()
        for end in self._ends:
            if end.transport is not None and end.state != "lost":
                end.transport.abort()
        await self._settle()
        for end in self._ends:
            if end.transport is not None and end.state != "lost":
                raise Broken(f"connection_lost() was never called: {end.transport!r}")

    def _lacks_bytes(self, end: End) -> bool:
        """Whether there are bytes that should have arrived."""
        other = end.partner
        if end.spoilt or other.spoilt or end.stops_reading or other.stops_reading:
            return False
        return end.received != other.written

    async def _settle(self) -> None:
        quiet = 0
        while quiet < QUIET_PASSES:
            before = [(end.received, end.state) for end in self._ends]
            for end in self._ends:
                if isinstance(end, Bare):
                    end.drain()
            # The kernel sends small pieces when it likes to (tcp_autocorking).
            lacks = quiet > 20 and any(self._lacks_bytes(end) for end in self._ends)
            await asyncio.sleep(0.01 if lacks else 0)
            quiet = quiet + 1 if before == [(end.received, end.state) for end in self._ends] else 0


def descriptors() -> set[str]:
    """The open ones, but for a loop's timer: that is made when it is needed first."""
    found = set()
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):  # what it was listed by
            if os.readlink(f"/proc/self/fd/{name}") != "anon_inode:[timerfd]":
                found.add(name)
    return found
