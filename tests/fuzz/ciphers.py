"""TLS connections, played from a tape: what comes out, whatever is done to a transport.

Law: the promises are those of connections.py. New are the handshake, and a wire between the two
ends that the tape may cut, or spoil with bytes that are no TLS.
"""

import asyncio
import functools
import os
import socket
import ssl
import tempfile
from typing import Any

from tests.certificate import Certificate
from tests.fuzz import connections

HANDSHAKE_S = 10.0
FORGOTTEN = ("protocol.pause_writing() failed", "protocol.resume_writing() failed")
CUTS = (socket.SHUT_RD, socket.SHUT_WR, socket.SHUT_RDWR)
NOISE = (b"x", b"no TLS", b"\x17\x03\x03\x00\x05hello", b"\x15\x03\x03\x00\x02\x02\x0a")


@functools.cache
def contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The server's and the client's."""
    with tempfile.TemporaryDirectory() as folder:
        certificate = Certificate(folder)
        return certificate.server_context(), certificate.client_context()


class Secured(connections.End):
    """One end; its wire is cut or spoilt now and then."""

    operations = (*connections.End.operations, "cut", "spoil")

    def operate(self) -> None:
        if self.state != "lost":  # then asyncio's own code misses a protocol to speak to
            super().operate()

    def do_close(self, transport: Any) -> None:
        if not transport.is_closing():  # a second close() is the last call that asyncio's TLS bears
            super().do_close(transport)

    def do_size(self, transport: Any) -> None:
        transport.get_write_buffer_size()  # of what is encrypted as well: more than was written

    def do_look(self, transport: Any) -> None:
        repr(transport)
        transport.get_extra_info("cipher")
        transport.is_reading()

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._wire = transport.get_extra_info("socket")

    def do_cut(self, transport: Any) -> None:
        self.spoilt = self.partner.spoilt = True
        self._wire.shutdown(self.tape.one_of(CUTS))

    def do_spoil(self, transport: Any) -> None:
        self.spoilt = self.partner.spoilt = True
        os.write(self._wire.fileno(), self.tape.one_of(NOISE))


class Plain(Secured, connections.Plain):
    """Receives bytes."""


class Buffered(Secured, connections.Buffered):
    """Receives into a buffer of its own."""


class Player(connections.Player):
    """Plays one tape on one loop."""

    def _note(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        # asyncio forgets the protocol when the wire is gone, a pass before it tells it so.
        if context["message"] not in FORGOTTEN or "NoneType" not in str(context["exception"]):
            super()._note(loop, context)

    async def _open(self, listener: socket.socket | None) -> None:
        kinds = (Plain, Buffered)
        server: Any = self._tape.one_of(kinds)(self._tape)
        client: Any = self._tape.one_of(kinds)(self._tape)
        server.partner, client.partner = client, server
        self._ends += [server, client]
        ours, theirs = connections.socket_pair(listener)
        for_server, for_client = contexts()
        await asyncio.gather(
            self._loop.connect_accepted_socket(
                lambda: server, ours, ssl=for_server, ssl_handshake_timeout=HANDSHAKE_S
            ),
            self._loop.create_connection(
                lambda: client,
                sock=theirs,
                ssl=for_client,
                server_hostname="localhost",
                ssl_handshake_timeout=HANDSHAKE_S,
            ),
        )
