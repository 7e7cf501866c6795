"""The datagram transport: one UDP or Unix datagram socket; see datagram.pyx."""

import asyncio
import socket
from typing import Any

from trueloop.kernel.ready import Job

# By its __class__ property an instance is what asyncio's is to isinstance, and so to type checkers,
# which take the methods from there.
class DatagramTransport(Job, asyncio.Transport, asyncio.DatagramTransport):
    max_size: int
    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        protocol: asyncio.DatagramProtocol,
        address: Any = None,
        waiter: asyncio.Future[Any] | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None: ...
