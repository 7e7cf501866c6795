"""aiohttp's server says hello."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.macro import http
from benchmarks.workload import Meter, want_module

if TYPE_CHECKING:
    from aiohttp import web


async def body(meter: Meter, operations: int) -> None:
    want_module("aiohttp")
    from aiohttp import web

    async def hello(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=http.BODY, content_type="text/plain")

    runner = web.ServerRunner(web.Server(hello))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    await http.ask(meter, runner.addresses[0][1], operations)
    await runner.cleanup()


ROWS = (http.row("aiohttp", body),)
