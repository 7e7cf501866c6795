"""Two tasks hand each other the turn through futures."""

import asyncio

from benchmarks.workload import Meter, Workload


class _Table:
    """The two futures that are being waited for."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.ping: asyncio.Future[None] = loop.create_future()
        self.pong: asyncio.Future[None] = loop.create_future()


async def _answer(table: _Table, rounds: int, loop: asyncio.AbstractEventLoop) -> None:
    for _ in range(rounds):
        await table.ping
        table.ping = loop.create_future()
        table.pong.set_result(None)


async def _serve(table: _Table, rounds: int, loop: asyncio.AbstractEventLoop) -> None:
    for _ in range(rounds):
        table.ping.set_result(None)
        await table.pong
        table.pong = loop.create_future()


async def future_pingpong(meter: Meter, operations: int) -> None:
    loop = asyncio.get_running_loop()
    table = _Table(loop)
    answering = asyncio.create_task(_answer(table, operations, loop))
    await asyncio.sleep(0)
    with meter:
        await _serve(table, operations, loop)
    await answering


ROWS = (
    Workload(
        "future_pingpong",
        "there and back between two tasks, two futures",
        50_000,
        future_pingpong,
        0.30,
    ),
)
