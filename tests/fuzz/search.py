"""Search: tapes that lead where no tape has led before, by changing those that did.

Law: knows bytes and coverage; what a tape means is the game's matter. A run that raises is a find.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.coverage import Coverage

LONGEST_TAPE = 400
TAPES_AT_MOST = 2000


@dataclass(slots=True)
class Search:
    """One search.

    Attributes:
        run: Plays a tape; raises AssertionError if something is wrong with what came of it.
        coverage: Tells whether a run was worth keeping.
        random: Where the changes come from.
        running: A file that always holds the tape that runs: what is left if the process dies.
        tapes: Those that were worth keeping.
        finds: Tapes that failed, with what was said.
        runs: How many there were.
    """

    run: Callable[[bytes], None]
    coverage: Coverage
    random: random.Random
    running: Path
    tapes: list[bytes] = field(default_factory=list)
    finds: list[tuple[bytes, str]] = field(default_factory=list)
    runs: int = 0

    def go_on(self, seconds: float, finds_at_most: int = 10) -> None:
        """Search for so long, or until so much was found."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and len(self.finds) < finds_at_most:
            self.try_one(self.next_tape())

    def try_one(self, tape: bytes) -> None:
        """Run one, and keep it if it has led to something new."""
        self.running.write_bytes(tape)
        self.runs += 1
        try:
            with self.coverage.counting():
                self.run(tape)
        except AssertionError as error:
            self.finds.append((tape, str(error)))
            return
        if self.coverage.news() and len(self.tapes) < TAPES_AT_MOST:
            self.tapes.append(tape)

    def next_tape(self) -> bytes:
        """A new one, or one that was worth keeping, changed in a few places."""
        choose = self.random
        if not self.tapes or choose.random() < 0.15:
            return choose.randbytes(choose.randrange(1, LONGEST_TAPE))
        # The later ones reach deeper, as a rule.
        place = max(choose.randrange(len(self.tapes)), choose.randrange(len(self.tapes)))
        tape = bytearray(self.tapes[place])
        for _ in range(1 << choose.randrange(5)):
            self.change(tape)
        return bytes(tape[:LONGEST_TAPE])

    def change(self, tape: bytearray) -> None:
        """One change."""
        choose = self.random
        start = choose.randrange(len(tape) + 1)
        length = 1 << choose.randrange(6)
        kind = choose.randrange(6)
        if kind == 0 and start < len(tape):
            tape[start] = choose.randrange(256)
        elif kind == 1 and start < len(tape):
            tape[start] = (tape[start] + choose.choice((-1, 1))) % 256
        elif kind == 2:
            tape[start:start] = choose.randbytes(length)
        elif kind == 3:
            del tape[start : start + length]
        elif kind == 4:
            other = choose.choice(self.tapes)
            tape[start:] = other[choose.randrange(len(other) + 1) :]
        else:
            tape[start:start] = tape[start : start + length]
