"""Readers, played from a tape: feed and read in any order, by several tasks, with cancellation.

Law: asyncio's StreamReader is the model; what can be seen of a reader goes into a log.
"""

import asyncio
from typing import Any

from tests.fuzz.steps import Stepper
from tests.fuzz.tape import Tape

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


class Player(Stepper):
    """Plays one tape on one reader, which `make` makes."""

    choices = ("feed", "feed", "feed", "read", "read", "read", "cancel", "end")

    def __init__(self, make: Any, tape: Tape) -> None:
        super().__init__(tape)
        self._make = make
        self._reader: Any = None

    async def play(self) -> list[str]:
        self._reader = self._make(limit=self._tape.one_of(LIMITS))
        if self._tape.below(3):
            self._reader.set_transport(Tap(self._log))
        await self._play_steps()
        self._reader.feed_eof()
        await self._end_tasks()
        return self._log

    def _seen(self) -> str:
        return f"{bool(self._reader.at_eof())} {self._reader.exception()!r}"

    def _feed(self) -> None:
        self._reader.feed_data(self._tape.one_of(PIECES))

    def _read(self) -> None:
        how = self._tape.one_of(("read", "readexactly", "readline", "readuntil", "__anext__"))
        arguments: tuple[Any, ...] = ()
        if how in ("read", "readexactly"):
            arguments = (self._tape.one_of(SIZES),)
        elif how == "readuntil":
            arguments = (self._tape.one_of(SEPARATORS),)
        self._start(lambda: getattr(self._reader, how)(*arguments))

    def _end(self) -> None:
        if self._tape.below(2):
            self._reader.feed_eof()
        else:
            self._reader.set_exception(ConnectionResetError("planned"))
