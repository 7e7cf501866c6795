"""A service that asks ten backends for each request: streams, timeout, gather, semaphore, queue.

The backends are tasks of the same program, which answer what they take from their queue. So this is
what a handler's own plumbing costs, with one real connection at its front.
"""

from __future__ import annotations

import asyncio

from benchmarks.load import load
from benchmarks.macro.echoing import BACKLOG, KIB
from benchmarks.workload import Meter, Workload

BACKENDS = 10
AT_ONCE = 100  # questions that may be open
PATIENCE_S = 30
CONNECTIONS = 50
WARM_UP = 4
WINDOWS = 3

Question = tuple[bytes, "asyncio.Future[bytes]"]


class Service:
    """Ten backends, and the handler that asks all of them for every request."""

    def __init__(self) -> None:
        self._queues: list[asyncio.Queue[Question]] = [
            asyncio.Queue(AT_ONCE) for _ in range(BACKENDS)
        ]
        self._open = asyncio.Semaphore(AT_ONCE)

    async def back(self, number: int) -> None:
        """Be one of the backends, until cancelled."""
        queue = self._queues[number]
        while True:
            question, answer = await queue.get()
            await asyncio.sleep(0)
            if not answer.done():
                answer.set_result(question)

    async def _ask(self, number: int, question: bytes) -> bytes:
        async with self._open:
            answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
            await self._queues[number].put((question, answer))
            return await answer

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer on one connection until it ends."""
        part = KIB // BACKENDS + 1
        try:
            while True:
                request = await reader.readexactly(KIB)
                async with asyncio.timeout(PATIENCE_S):
                    parts = await asyncio.gather(
                        *(
                            self._ask(number, request[number * part : (number + 1) * part])
                            for number in range(BACKENDS)
                        )
                    )
                writer.write(b"".join(parts))
                await writer.drain()
        except asyncio.IncompleteReadError:
            writer.close()


async def fan_out_10(meter: Meter, operations: int) -> None:
    service = Service()
    backends = [asyncio.create_task(service.back(number)) for number in range(BACKENDS)]
    server = await asyncio.start_server(service.handle, "127.0.0.1", 0, backlog=BACKLOG)
    port = server.sockets[0].getsockname()[1]
    async with load(port, connections=CONNECTIONS, size_bytes=KIB, warm_up=WARM_UP) as client:
        for _ in range(WINDOWS):
            with meter:
                await client.exchange(operations)
    server.close()
    for backend in backends:
        backend.cancel()
    await asyncio.wait(backends)


ROWS = (
    Workload(
        "fan_out_10",
        "one request over streams for which ten backend tasks are asked, 50 connections",
        1_000,
        fan_out_10,
        repetitions=1,
        smallest=CONNECTIONS,
        scheduling=False,
    ),
)
