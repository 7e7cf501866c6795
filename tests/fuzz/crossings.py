"""A ThreadQueue, played from a tape by tasks and by the threads' face, which never blocks here.

Law: whatever is cancelled or shut, what was put is got once, in order, by those who asked in order;
never are there more items than the bound; nobody waits for an item or for room that is there.
"""

import asyncio
import contextlib
import queue

import trueloop
from tests.fuzz.tape import Tape

STEPS_AT_MOST = 100
STEPS = ("put", "put", "get", "get", "put_now", "get_now", "cancel", "cancel", "shut")
NO_ROOM = (asyncio.QueueFull, queue.Full, trueloop.QueueShutDown)
NO_ITEM = (asyncio.QueueEmpty, queue.Empty, trueloop.QueueShutDown)


class Broken(AssertionError):
    """A queue broke a promise."""


class Player:
    """Plays one tape on one queue."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._bound = tape.below(4)
        self._queue: trueloop.ThreadQueue[int] = trueloop.ThreadQueue(self._bound)
        self._count = 0
        self._entered: set[int] = set()  # whose put() has come back
        self._got: list[int] = []
        self._waiting: dict[asyncio.Task[None], str] = {}
        self._drops = False

    async def play(self) -> None:
        """Raises Broken."""
        for _ in range(STEPS_AT_MOST):
            if self._tape.is_over:
                break
            getattr(self, f"_{self._tape.one_of(STEPS)}")()
            for _ in range(self._tape.below(3)):
                await asyncio.sleep(0)
            if self._bound and self._queue.qsize() > self._bound:
                raise Broken(f"{self._queue.qsize()} items, at most {self._bound}")
        for _ in range(30):
            await asyncio.sleep(0)
        kinds = set(self._waiting.values())
        if ("get" in kinds and self._queue.qsize()) or ("put" in kinds and not self._queue.full()):
            raise Broken(f"{kinds} wait, with {self._queue.qsize()} items of {self._bound}")
        for task in self._waiting:
            task.cancel()
        await asyncio.gather(*self._waiting, return_exceptions=True)
        while self._queue.qsize():
            self._got.append(self._queue.get_nowait())
        if len(set(self._got)) < len(self._got):
            raise Broken(f"got twice: {self._got}")
        if not self._entered.issuperset(self._got) or (
            not self._drops and len(self._got) < len(self._entered)
        ):
            raise Broken(f"put {sorted(self._entered)}, got {self._got}")

    def _start(self, kind: str, coroutine) -> None:
        task = asyncio.ensure_future(coroutine)
        self._waiting[task] = kind
        task.add_done_callback(self._waiting.pop)

    def _put(self) -> None:
        self._count += 1
        self._start("put", self._putting(self._count))

    async def _putting(self, number: int) -> None:
        with contextlib.suppress(trueloop.QueueShutDown):
            await self._queue.put(number)
            self._entered.add(number)

    def _get(self) -> None:
        self._start("get", self._getting())

    async def _getting(self) -> None:
        with contextlib.suppress(trueloop.QueueShutDown):
            self._got.append(await self._queue.get())

    def _put_now(self) -> None:
        self._count += 1
        face = self._tape.one_of((self._queue, self._queue.sync))
        with contextlib.suppress(*NO_ROOM):
            face.put_nowait(self._count)
            self._entered.add(self._count)

    def _get_now(self) -> None:
        face = self._tape.one_of((self._queue, self._queue.sync))
        with contextlib.suppress(*NO_ITEM):
            self._got.append(face.get_nowait())

    def _cancel(self) -> None:
        if self._waiting:
            self._tape.one_of(list(self._waiting)).cancel()

    def _shut(self) -> None:
        if self._tape.below(6) == 0:
            immediate = self._tape.below(2) == 0
            self._drops = self._drops or immediate
            self._queue.shutdown(immediate=immediate)
