"""uvicorn with httptools serves an ASGI application that says hello."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from benchmarks.macro import http
from benchmarks.workload import Meter, want_module

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"text/plain"),
        (b"content-length", str(len(http.BODY)).encode()),
    ],
}
BODY = {"type": "http.response.body", "body": http.BODY}


async def application(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    await send(START)
    await send(BODY)


async def body(meter: Meter, operations: int) -> None:
    want_module("uvicorn")
    want_module("httptools")
    import uvicorn

    config = uvicorn.Config(
        application,
        host="127.0.0.1",
        port=0,
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    ticking = asyncio.create_task(server.main_loop())
    await http.ask(meter, server.servers[0].sockets[0].getsockname()[1], operations)
    server.should_exit = True
    await ticking
    await server.shutdown()


ROWS = (http.row("uvicorn", body, 1.4),)
