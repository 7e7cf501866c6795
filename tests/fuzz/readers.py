"""Readers, played from a tape: feed and read in any order, by several tasks, with cancellation.

Law: asyncio's StreamReader is the model; what can be seen of a reader goes into a log.
"""

import asyncio
from typing import Any

from tests.fuzz.tape import Tape

STEPS_AT_MOST = 80
PIECES = (b"", b"a", b"\n", b";", b"ab\n", b"x" * 9, b"a;b;\n\n", b"y" * 300, b"z" * 70_000)
SEPARATORS = (b"\n", b";", b"a;", b"ab\n", b"nowhere")
SIZES = (0, 1, 2, 7, 300, 100_000, -1)
LIMITS = (1, 8, 100, 65_536)


class Tap(asyncio.Transport):
    """Notes when it is told to pause and to go on."""

    def __init__(self, log: list[str]) -> None:
        super().__init__()
        self._log = log

    def pause_reading(self) -> None:
        self._log.append("paused")

    def resume_reading(self) -> None:
        self._log.append("resumed")


class Player:
    """Plays one tape on one reader."""

    def __init__(self, reader: Any, tape: Tape) -> None:
        self._tape = tape
        self._log: list[str] = []
        self._make = reader
        self._reader: Any = None
        self._tasks: list[asyncio.Task[None]] = []

    async def play(self) -> list[str]:
        self._reader = self._make(limit=self._tape.one_of(LIMITS))
        if self._tape.below(3):
            self._reader.set_transport(Tap(self._log))
        for _ in range(STEPS_AT_MOST):
            if self._tape.is_over:
                break
            self._step()
            for _ in range(self._tape.below(3)):
                await asyncio.sleep(0)
            self._log.append(f"{bool(self._reader.at_eof())} {self._reader.exception()!r}")
        self._reader.feed_eof()
        for _ in range(5):
            await asyncio.sleep(0)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        return self._log

    def _step(self) -> None:
        what = self._tape.one_of(("feed", "feed", "feed", "read", "read", "read", "cancel", "end"))
        getattr(self, f"_{what}")()

    def _feed(self) -> None:
        try:
            self._reader.feed_data(self._tape.one_of(PIECES))
        except AssertionError as error:
            self._log.append(f"refused {error}")

    def _read(self) -> None:
        how = self._tape.one_of(("read", "readexactly", "readline", "readuntil", "__anext__"))
        arguments: tuple[Any, ...] = ()
        if how in ("read", "readexactly"):
            arguments = (self._tape.one_of(SIZES),)
        elif how == "readuntil":
            arguments = (self._tape.one_of(SEPARATORS),)
        task = asyncio.ensure_future(self._reading(len(self._tasks), how, arguments))
        self._tasks.append(task)

    async def _reading(self, number: int, how: str, arguments: tuple[Any, ...]) -> None:
        try:
            data = await getattr(self._reader, how)(*arguments)
        except asyncio.CancelledError:
            self._log.append(f"{number} cancelled")
            raise
        except Exception as error:
            self._log.append(f"{number} {error!r}"[:300])
        else:
            self._log.append(f"{number} {type(data).__name__} {len(data)} {data[:50]!r}")

    def _cancel(self) -> None:
        if self._tasks:
            self._tape.one_of(self._tasks).cancel()

    def _end(self) -> None:
        if self._tape.below(2):
            self._reader.feed_eof()
        else:
            self._reader.set_exception(ConnectionResetError("planned"))
