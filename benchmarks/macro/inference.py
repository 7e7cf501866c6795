"""An inference server's inner half: one engine task streams tokens to a thousand requests.

In each step the engine makes one token for every request of its batch. A request waits for a place
in the batch, and for each token, and one in ten hangs up half-way.
"""

from __future__ import annotations

import asyncio

from benchmarks.workload import Meter, Workload

REQUESTS = 1000
BATCH = 256
ABORTS_EACH = 10
PATIENCE_S = 600


class Request:
    """One stream of tokens: made by the engine, consumed by the request's own task."""

    def __init__(self, length: int) -> None:
        self.left = length
        self.tokens: asyncio.Queue[int | None] = asyncio.Queue()
        self.aborted = False


class Engine:
    """Makes one token for each request of the batch in every step."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Request] = asyncio.Queue()
        self._batch: list[Request] = []
        self.made = 0

    def submit(self, request: Request) -> None:
        self._waiting.put_nowait(request)

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            if not self._batch:
                self._batch.append(await self._waiting.get())
            while len(self._batch) < BATCH and not self._waiting.empty():
                self._batch.append(self._waiting.get_nowait())
            self._step()
            await asyncio.sleep(0)

    def _step(self) -> None:
        going_on = []
        for request in self._batch:
            if request.aborted:
                continue
            request.left -= 1
            request.tokens.put_nowait(request.left)
            self.made += 1
            if request.left:
                going_on.append(request)
            else:
                request.tokens.put_nowait(None)
        self._batch = going_on


async def _consume(engine: Engine, length: int, *, hangs_up: bool) -> int:
    """Be one request; return how many tokens have come."""
    request = Request(length)
    received = 0
    try:
        async with asyncio.timeout(PATIENCE_S):
            engine.submit(request)
            while await request.tokens.get() is not None:
                received += 1
                if hangs_up and received == length // 2:
                    break
    finally:
        request.aborted = True
    return received


async def inference_1000(meter: Meter, operations: int) -> None:
    length = max(2, operations // REQUESTS)
    engine = Engine()
    working = asyncio.create_task(engine.run())
    with meter:
        async with asyncio.TaskGroup() as group:
            for number in range(REQUESTS):
                group.create_task(_consume(engine, length, hangs_up=number % ABORTS_EACH == 0))
    working.cancel()
    await asyncio.wait([working])


ROWS = (
    Workload(
        "inference_1000",
        "one token from the engine's task to one of 1000 requests, a tenth of which hang up",
        60_000,
        inference_1000,
        smallest=2 * REQUESTS,
        scheduling=False,
    ),
)
