"""Writers, played from a tape: write, drain, close and lose the connection, by several tasks.

Law: asyncio's StreamWriter and StreamReaderProtocol are the model; what a task hears, and what the
transport is told, goes into a log.
"""

import asyncio
from types import ModuleType
from typing import Any

from tests.fuzz.steps import Stepper
from tests.fuzz.tape import Tape

PIECES = (b"", b"a", bytearray(b"bc"), memoryview(b"def"), b"x" * 70_000, "no bytes")


class Sink(asyncio.Transport):
    """A transport that goes nowhere, and notes what it is told."""

    def __init__(self, loop: asyncio.AbstractEventLoop, log: list[str]) -> None:
        super().__init__({"peername": "nobody"})
        self.protocol: Any = None
        self.is_lost = False
        self._loop = loop
        self._log = log
        self._closes = False

    def write(self, data: Any) -> None:
        self._log.append(f"write {len(memoryview(data))}")

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self._log.append("eof")

    def is_closing(self) -> bool:
        return self._closes

    def close(self) -> None:
        if not self._closes:
            self._loop.call_soon(self.lose, None)
        self._closes = True
        self._log.append("close")

    def lose(self, error: Exception | None) -> None:
        """The connection ends: with connection_lost(), once."""
        self._closes = True
        if not self.is_lost:
            self.is_lost = True
            self.protocol.connection_lost(error)


class Player(Stepper):
    """Plays one tape on the streams of one module."""

    choices = (
        *("write", "writelines", "drain", "drain", "drain", "pause", "resume", "cancel") * 2,
        *("eof", "close", "lose", "fail", "wait_closed", "look"),
    )

    def __init__(self, streams: ModuleType, tape: Tape) -> None:
        super().__init__(tape)
        self._streams = streams

    async def play(self) -> list[str]:
        loop = asyncio.get_running_loop()
        self._sink = Sink(loop, self._log)
        self._reader = self._streams.StreamReader()
        given = self._reader if self._tape.below(4) else None
        self._protocol = self._streams.StreamReaderProtocol(self._reader)
        self._sink.protocol = self._protocol
        self._protocol.connection_made(self._sink)
        self._writer = self._streams.StreamWriter(self._sink, self._protocol, given, loop)
        await self._play_steps()
        self._writer.close()
        await self._end_tasks()
        return self._log

    def _seen(self) -> str:
        return f"{self._writer.is_closing()}"

    def _write(self) -> None:
        self._writer.write(self._tape.one_of(PIECES))

    def _writelines(self) -> None:
        self._writer.writelines([self._tape.one_of(PIECES) for _ in range(self._tape.below(4))])

    def _drain(self) -> None:
        self._start(self._writer.drain)

    def _wait_closed(self) -> None:
        self._start(self._writer.wait_closed)

    def _pause(self) -> None:
        self._protocol.pause_writing()

    def _resume(self) -> None:
        self._protocol.resume_writing()

    def _eof(self) -> None:
        if self._tape.below(2):
            self._log.append(repr(self._protocol.eof_received()))
        else:
            self._writer.write_eof()

    def _close(self) -> None:
        self._writer.close()

    def _lose(self) -> None:
        self._sink.lose(self._tape.one_of((None, ConnectionResetError("planned"))))

    def _fail(self) -> None:
        self._reader.set_exception(BrokenPipeError("planned"))

    def _look(self) -> None:
        self._log.append(f"{self._writer.get_extra_info('peername')}")
        self._log.append(f"{self._writer.can_write_eof()} {self._writer.transport is self._sink}")
