"""Writers, played from a tape: write, drain, close and lose the connection, by several tasks.

Law: asyncio's StreamWriter and StreamReaderProtocol are the model; what a task hears, and what the
transport is told, goes into a log.
"""

import asyncio
from types import ModuleType
from typing import Any

from tests.fuzz.tape import Tape

STEPS_AT_MOST = 80
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


class Player:
    """Plays one tape on the streams of one module."""

    def __init__(self, streams: ModuleType, tape: Tape) -> None:
        self._streams = streams
        self._tape = tape
        self._log: list[str] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def play(self) -> list[str]:
        loop = asyncio.get_running_loop()
        self._sink = Sink(loop, self._log)
        self._reader = self._streams.StreamReader()
        given = self._reader if self._tape.below(4) else None
        self._protocol = self._streams.StreamReaderProtocol(self._reader)
        self._sink.protocol = self._protocol
        self._protocol.connection_made(self._sink)
        self._writer = self._streams.StreamWriter(self._sink, self._protocol, given, loop)
        for _ in range(STEPS_AT_MOST):
            if self._tape.is_over:
                break
            self._step()
            for _ in range(self._tape.below(3)):
                await asyncio.sleep(0)
            self._log.append(f"{self._writer.is_closing()}")
        self._writer.close()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        return self._log

    def _step(self) -> None:
        often = ("write", "writelines", "drain", "drain", "drain", "pause", "resume", "cancel")
        seldom = ("eof", "close", "lose", "fail", "wait_closed", "look")
        what = self._tape.one_of((*often, *often, *seldom))
        try:
            getattr(self, f"_{what}")()
        except (AssertionError, TypeError) as error:
            self._log.append(f"{what} {type(error).__name__}")

    def _write(self) -> None:
        self._writer.write(self._tape.one_of(PIECES))

    def _writelines(self) -> None:
        self._writer.writelines([self._tape.one_of(PIECES) for _ in range(self._tape.below(4))])

    def _drain(self) -> None:
        self._start("drain")

    def _wait_closed(self) -> None:
        self._start("wait_closed")

    def _start(self, what: str) -> None:
        number = len(self._tasks)
        self._tasks.append(asyncio.ensure_future(self._waiting(number, what)))

    async def _waiting(self, number: int, what: str) -> None:
        try:
            answer = await getattr(self._writer, what)()
        except asyncio.CancelledError:
            self._log.append(f"{number} {what} cancelled")
            raise
        except Exception as error:
            self._log.append(f"{number} {what} {error!r}")
        else:
            self._log.append(f"{number} {what} {answer!r}")

    def _pause(self) -> None:
        self._protocol.pause_writing()

    def _resume(self) -> None:
        self._protocol.resume_writing()

    def _cancel(self) -> None:
        if self._tasks:
            self._tape.one_of(self._tasks).cancel()

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
