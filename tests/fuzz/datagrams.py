"""Datagrams, played from a tape: a transport, and a bare socket at the other end.

Law: between Unix sockets no datagram is lost. So each arrives whole, once and in order, whatever is
done to the transport, unless somebody aborts, closes or fails; the protocol hears connection_made
first, connection_lost last and once; pause_writing and resume_writing alternate.
"""

import asyncio
import contextlib
import socket
from typing import Any

from tests.fuzz.connections import Broken, Planned, descriptors
from tests.fuzz.tape import Tape

STEPS_AT_MOST = 80
SIZES = (1, 2, 100, 5000, 60_000)
KINDS = (bytes, bytearray, memoryview)
STEPS = (
    *("send", "send", "send", "send", "receive", "receive", "answer", "answer", "limits", "look"),
    *("abort", "close", "hang_up", "forbidden"),
)


def datagram(number: int, size: int) -> bytes:
    return b"%08d" % number + b"." * size


class Protocol(asyncio.DatagramProtocol):
    """Holds what it hears against what was sent."""

    def __init__(self, player: "Player") -> None:
        self.state = "new"
        self.received = 0
        self.is_paused = False
        self._player = player

    def expect(self, state: str) -> None:
        if self.state != state:
            raise Broken(f"called when {self.state}")

    def connection_made(self, transport: Any) -> None:
        self.expect("new")
        self.state = "open"

    def connection_lost(self, error: Exception | None) -> None:
        self.expect("open")
        self.state = "lost"

    def datagram_received(self, data: bytes, address: Any) -> None:
        self.expect("open")
        if int(data[:8]) != self.received or data[8:].strip(b"."):
            raise Broken(f"{data[:20]!r} came as number {self.received}")
        self.received += 1
        self._player.react()

    def error_received(self, error: Exception) -> None:
        self.expect("open")
        self._player.spoilt = True

    def pause_writing(self) -> None:
        if self.is_paused:
            raise Broken("pause_writing() twice")
        self.is_paused = True
        self._player.react()

    def resume_writing(self) -> None:
        if not self.is_paused:
            raise Broken("resume_writing() without pause_writing()")
        self.is_paused = False
        self._player.react()


class Player:
    """Plays one tape on one loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, tape: Tape) -> None:
        self._loop = loop
        self._tape = tape
        self.spoilt = False  # something may be missing now
        self._reacts = tape.below(3) == 0
        self._sent = self._arrived = self._answers = 0
        self._broken: list[BaseException] = []
        self.transport: Any

    def play(self) -> None:
        """Raises Broken."""
        before = descriptors()
        self._loop.set_exception_handler(self._note)
        self._loop.run_until_complete(self._main())
        if self._broken:
            raise self._broken[0]
        if left := descriptors() - before:
            raise Broken(f"descriptors left open: {sorted(left)}")

    def _note(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self.spoilt = True
        if not isinstance(error, (Planned, OSError)):
            self._broken.append(error or Broken(context["message"]))

    async def _main(self) -> None:
        ours, self._peer = (socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(2))
        for one in (ours, self._peer):
            one.setblocking(False)
            one.bind("")  # the kernel finds a name
        ours.connect(self._peer.getsockname())
        self._peer.connect(ours.getsockname())
        self.transport, protocol = await self._loop.create_datagram_endpoint(
            lambda: Protocol(self), sock=ours
        )
        for _ in range(STEPS_AT_MOST):
            if self._tape.is_over:
                break
            self.step()
            for _ in range(self._tape.below(3)):
                await asyncio.sleep(0)
        self._reacts = False
        self.transport.close()
        for _ in range(300):
            self._receive(20)
            await asyncio.sleep(0)
            if protocol.state == "lost":
                break
        self._receive(1000)
        self._peer.close()
        self.transport.abort()
        for _ in range(5):
            await asyncio.sleep(0)
        if protocol.state != "lost":
            raise Broken(f"connection_lost() was never called: {self.transport!r}")
        if not self.spoilt and self._arrived != self._sent:
            raise Broken(f"{self._arrived} of {self._sent} datagrams arrived")

    def step(self) -> None:
        with contextlib.suppress(BlockingIOError):
            try:
                getattr(self, f"_{self._tape.one_of(STEPS)}")()
            except OSError as error:
                if isinstance(error, BlockingIOError):
                    raise
                self.spoilt = True

    def react(self) -> None:
        if self._reacts and self._tape.below(3) == 0:
            self.step()
            if self._tape.below(6) == 0:
                raise Planned("protocol")

    def _send(self) -> None:
        if self.transport.is_closing():
            self.spoilt = True
        number, self._sent = self._sent, self._sent + 1
        data = datagram(number, self._tape.one_of(SIZES))
        self.transport.sendto(self._tape.one_of(KINDS)(data))

    def _receive(self, times: int = 1) -> None:
        for _ in range(times):
            try:
                data = self._peer.recv(1 << 17)
            except OSError:
                return
            if not data:
                return
            number = int(data[:8])
            if number < self._arrived or (number > self._arrived and not self.spoilt):
                raise Broken(f"number {number} arrived as {self._arrived}")
            self._arrived = number + 1

    def _answer(self) -> None:
        if self._peer.fileno() >= 0:
            self._peer.send(datagram(self._answers, self._tape.one_of(SIZES)))
            self._answers += 1

    def _limits(self) -> None:
        self.transport.set_write_buffer_limits(self._tape.one_of((None, 0, 1, 100_000)))

    def _look(self) -> None:
        repr(self.transport)
        if self.transport.get_write_buffer_size() < 0:
            raise Broken("less than nothing is kept")

    def _forbidden(self) -> None:
        with contextlib.suppress(TypeError, ValueError):
            self.transport.sendto(self._tape.one_of(("text", None, 5, [b"x"])))
            raise Broken("was taken for a datagram")

    def _abort(self) -> None:
        if self._tape.below(3) == 0:
            self.spoilt = True
            self.transport.abort()

    def _close(self) -> None:
        if self._tape.below(3) == 0:
            self.transport.close()

    def _hang_up(self) -> None:
        if self._tape.below(3) == 0:
            self.spoilt = True
            self._peer.close()
