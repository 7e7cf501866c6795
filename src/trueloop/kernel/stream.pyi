"""The stream transport: one connected TCP or Unix socket; see stream.pyx."""

import asyncio
import socket
from asyncio.base_events import Server
from contextvars import Context
from typing import Any

from trueloop.kernel.ready import Job

# By its __class__ property an instance is an asyncio.Transport to isinstance, and so to type
# checkers, which take the methods from there.
class StreamTransport(Job, asyncio.Transport):
    max_size: int
    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        protocol: asyncio.BaseProtocol,
        waiter: asyncio.Future[Any] | None = None,
        extra: dict[str, Any] | None = None,
        server: Server | None = None,
        context: Context | None = None,
    ) -> None: ...
