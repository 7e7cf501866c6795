"""Random stalls on a real loop, each of which the watch must locate.

Law: stalls a loop at random, by work of stall_work.py or in a way of stall_ways.py, and keeps the
account.

    python -m tests.diagnostics.stalls [--count N] [--slow SECONDS] [--seed N] [--stacks WAY]
        [--loops N]

ends with one line per kind and status 1 if a stall was missed or blamed on another line.
"""

import argparse
import asyncio
import contextlib
import random
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path

import trueloop
from tests.diagnostics import stall_ways, stall_work
from tests.diagnostics.fake_beat import looking
from tests.diagnostics.stall_ways import ELSEWHERE, WAYS, waits_of
from tests.diagnostics.stall_work import WORK
from trueloop.diagnostics import watch
from trueloop.diagnostics.places import Place
from trueloop.diagnostics.stall import dominating, own_samples

# These wait for as many milliseconds as they are told.
TIMED = ("sleep", "lock", "receive", "join")

KINDS = [*WORK, *WAYS]


def lines_of_kinds() -> dict[str, set[tuple[str, int]]]:
    """For each kind the lines that may be blamed, as (file, line)."""
    lines = {kind: set(ELSEWHERE.get(kind, ())) for kind in KINDS}
    for module in (stall_work, stall_ways):
        for number, line in enumerate(Path(module.__file__).read_text().splitlines(), 1):
            found = re.search(r"# stall: (\w+)$", line)
            if found:
                lines[found[1]].add((module.__file__, number))
    return lines


class Sizes:
    """How much of each kind makes a stall of a given length, learned as the stalls go by."""

    def __init__(self) -> None:
        self._per_s = dict.fromkeys(WORK, 1000.0)

    def of(self, name: str, duration_s: float) -> int:
        if name not in WORK or name in TIMED:
            return int(duration_s * 1000)
        return max(1, int(self._per_s[name] * duration_s))

    def learn(self, name: str, size: int, took_s: float) -> None:
        if name in WORK and name not in TIMED and took_s > 0:
            # By bounded steps: one measurement on a busy machine says little.
            factor = min(4.0, max(0.5, size / took_s / self._per_s[name]))
            self._per_s[name] *= factor


class Trial:
    """Stalls a loop at random and keeps the account of what was said about each stall.

    Attributes:
        outcomes: per (kind, outcome) how often. Outcomes: "located", "withheld" (the machine, not
            the loop, was slow), "missed", "wrong".
        wrong: descriptions of those that were missed or wrong.
    """

    def __init__(self, slow_s: float, seed: int) -> None:
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.wrong: list[str] = []
        self._slow_s = slow_s
        self._random = random.Random(seed)
        self._lines = lines_of_kinds()
        self._sizes = Sizes()
        self._kind = ""

    async def run(self, count: int) -> None:
        """Stall until `count` stalls were long enough to be judged."""
        loop = asyncio.get_running_loop()
        loop.slow_callback_duration = self._slow_s
        loop.hooks.slow_step = self._slow_step  # type: ignore[attr-defined]
        self._tick(loop)
        while sum(self.outcomes.values()) < count:
            self._kind = self._random.choice(KINDS)
            wanted_s = self._slow_s * self._random.uniform(1.15, 2.2)
            await self._stall(self._sizes.of(self._kind, wanted_s))
            await asyncio.sleep(self._random.uniform(0, self._slow_s / 4))

    async def _stall(self, size: int) -> None:
        """Stall in a callback, a task, or some coroutines further in."""
        done = asyncio.get_running_loop().create_future()

        def stall() -> None:
            begun = time.monotonic()
            try:
                if self._kind in WORK:
                    WORK[self._kind](size)
                else:
                    WAYS[self._kind](self._random.choice(waits_of(size)))
            finally:
                self._sizes.learn(self._kind, size, time.monotonic() - begun)
                done.set_result(None)

        async def inner() -> None:
            await asyncio.sleep(0)
            stall()

        async def outer() -> None:
            await inner()

        match self._random.randrange(3):
            case 0:
                asyncio.get_running_loop().call_soon(stall)
            case 1:
                await asyncio.create_task(outer())
            case _:
                await asyncio.sleep(0)
                await inner()
        await done

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        """Other work of the loop, as long as it lives."""
        loop.call_later(self._slow_s / 20, self._tick, loop)

    def _slow_step(self, loop: object, ran: object, started_ticks: int, duration_s: float) -> None:
        stall = watch.take(loop.hooks.beat_address, started_ticks)  # type: ignore[attr-defined]
        held = None
        lost_s = 0.0
        if stall is not None:
            lost_s = max(stall.starved_s, stall.watch_late_s) + stall.gil_s
            own_s = duration_s - stall.starved_by_last_sample_s
            held = dominating(own_samples(stall), own_s)
        self._judge(held.where if held else None, duration_s, lost_s)

    def _judge(self, where: Place | None, duration_s: float, lost_s: float) -> None:
        if where and (where.file, where.line) in self._lines[self._kind]:
            outcome = "located"
        elif duration_s - lost_s < self._slow_s:  # then nothing is reported
            outcome = "withheld"
        else:
            outcome = "wrong" if where else "missed"
            self.wrong.append(
                f"{self._kind} of {duration_s:.3f} s: {outcome}, {where}, {lost_s:.3f} s lost"
            )
        self.outcomes[self._kind, outcome] += 1


def run_each_in_a_thread(programs: list[Coroutine[None, None, None]]) -> None:
    """Run each on a loop in a thread of its own, the first in this one."""
    threads = [threading.Thread(target=trueloop.run, args=(program,)) for program in programs[1:]]
    for thread in threads:
        thread.start()
    trueloop.run(programs[0])
    for thread in threads:
        thread.join()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--slow", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--stacks", choices=("native", "polite"))
    parser.add_argument("--loops", type=int, default=1, help="each in a thread of its own")
    options = parser.parse_args()
    trials = [Trial(options.slow, options.seed + number) for number in range(options.loops)]
    with looking(options.stacks) if options.stacks else contextlib.nullcontext():
        run_each_in_a_thread([trial.run(options.count // options.loops) for trial in trials])
    print(
        f"Python {sys.version.split()[0]}, seed {options.seed}, slow = {options.slow} s, "
        f"stacks: {watch.status().stacks}"
    )
    outcomes = ("located", "withheld", "missed", "wrong")
    found = sum((trial.outcomes for trial in trials), Counter())
    for name in KINDS:
        counts = (f"{found[name, outcome]:5} {outcome}" for outcome in outcomes)
        print(f"{name:22}", *counts)
    wrong = [line for trial in trials for line in trial.wrong]
    print(*wrong, sep="\n", end="\n" if wrong else "")
    status = watch.status()
    located = sum(found[name, "located"] for name in KINDS)
    print(
        f"{located} of {sum(found.values())} located; "
        f"{status.looks} looks, {status.failed_looks} spoiled, "
        f"{status.looking_s / max(1, status.looks) * 1e6:.0f} us each"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
