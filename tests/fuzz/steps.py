"""Steps: a player does one thing after the other, while tasks of its own wait and are cancelled.

Law: knows the tape, the tasks and the log; what a step does is said by who inherits.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tests.fuzz.tape import Tape

STEPS_AT_MOST = 80


class Stepper:
    """Plays a tape step by step.

    `choices`: names of what a step may be, as often as they are to be chosen; `_feed()` is "feed".
    """

    choices: tuple[str, ...] = ()

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._log: list[str] = []
        self._tasks: list[asyncio.Task[None]] = []

    def _seen(self) -> str:
        """What is noted after each step."""
        raise NotImplementedError

    async def _play_steps(self) -> None:
        for _ in range(STEPS_AT_MOST):
            if self._tape.is_over:
                return
            what = self._tape.one_of(self.choices)
            try:
                getattr(self, f"_{what}")()
            except (AssertionError, TypeError) as error:
                self._log.append(f"{what} {type(error).__name__} {error}")
            for _ in range(self._tape.below(3)):
                await asyncio.sleep(0)
            self._log.append(self._seen())

    async def _end_tasks(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, call: Callable[[], Awaitable[Any]]) -> None:
        """Let a task of its own wait for what the call gives."""
        self._tasks.append(asyncio.ensure_future(self._waiting(len(self._tasks), call)))

    async def _waiting(self, number: int, call: Callable[[], Awaitable[Any]]) -> None:
        try:
            answer = await call()
        except asyncio.CancelledError:
            self._log.append(f"{number} cancelled")
            raise
        except Exception as error:
            self._log.append(f"{number} {error!r}"[:300])
        else:
            size = len(answer) if isinstance(answer, bytes) else ""
            self._log.append(f"{number} {type(answer).__name__} {size} {answer!r}"[:100])

    def _cancel(self) -> None:
        if self._tasks:
            self._tape.one_of(self._tasks).cancel()
