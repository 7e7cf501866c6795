"""Random stalls on a real loop, each of which the watch must locate.

Law: every kind of stall is one function; the lines that may be blamed end in `# stall: KIND`.

    python -m tests.diagnostics.stalls [--count N] [--slow SECONDS] [--seed N]

ends with one line per kind and status 1 if a stall was missed or blamed on another line.
"""

import argparse
import asyncio
import contextlib
import hashlib
import json
import random
import re
import socket
import sqlite3
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import trueloop
from trueloop.diagnostics import watch
from trueloop.diagnostics.detectors.blocked_loop import dominating, own_samples
from trueloop.diagnostics.places import Place

KINDS: dict[str, Callable[[int], object]] = {}


def kind(function: Callable[[int], object]) -> Callable[[int], object]:
    """A kind of stall: its only argument says how much to do; see Sizes."""
    KINDS[function.__name__] = function
    return function


@kind
def sleep(ms: int) -> None:
    time.sleep(ms / 1000)  # stall: sleep


@kind
def lock(ms: int) -> None:
    held = threading.Lock()
    held.acquire()
    held.acquire(timeout=ms / 1000)  # stall: lock


@kind
def receive(ms: int) -> None:
    near, far = socket.socketpair()
    with near, far:
        near.settimeout(ms / 1000)
        with contextlib.suppress(TimeoutError):
            near.recv(1)  # stall: receive


@kind
def join(ms: int) -> None:
    thread = threading.Thread(target=time.sleep, args=(ms / 1000,))
    thread.start()
    thread.join()  # stall: join


@kind
def cpu_loop(size: int) -> int:
    total = 0
    for number in range(size * 5000):  # stall: cpu_loop
        total += number * number % 7  # stall: cpu_loop
    return total


@kind
def recursion(size: int) -> None:
    def fibonacci(n: int) -> int:
        return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)  # stall: recursion

    for _ in range(size):  # stall: recursion
        fibonacci(14)  # stall: recursion


@kind
def generator(size: int) -> int:
    def squares() -> object:
        for number in range(size * 400):  # stall: generator
            yield number * number  # stall: generator

    return sum(squares())  # stall: generator


@kind
def regex(size: int) -> None:
    text = "a" * 14 + "b"
    re.compile("(?:(?:a+)+$|c){1}").sub("", text * (size // 2))  # stall: regex


@kind
def sort(size: int) -> None:
    numbers = list(range(size * 200))
    random.shuffle(numbers)  # stall: sort
    numbers.sort()  # stall: sort


@kind
def sort_with_key(size: int) -> None:
    def key(number: int) -> tuple[int, int]:
        return number % 7, number  # stall: sort_with_key

    sorted(range(size * 200), key=key)  # stall: sort_with_key


@kind
def hash_small(size: int) -> None:
    for _ in range(size * 700):  # stall: hash_small
        hashlib.sha256(b"small").digest()  # stall: hash_small


@kind
def hash_large(size: int) -> None:
    hashlib.sha256(b"x" * (size * 200_000)).digest()  # stall: hash_large


@kind
def json_dump(size: int) -> None:
    json.dumps(list(range(size * 2000)))  # stall: json_dump


@kind
def big_int(size: int) -> None:
    pow(3, 1 << size * 60, 2**1279 - 1)  # stall: big_int


@kind
def query(size: int) -> None:
    with sqlite3.connect(":memory:") as database:
        database.execute(  # stall: query
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < ?)"
            " select sum(i) from n",
            (size * 2000,),
        ).fetchone()  # stall: query
    database.close()


def lines_of_kinds() -> dict[str, set[int]]:
    """For each kind the lines that may be blamed."""
    lines: dict[str, set[int]] = {name: set() for name in KINDS}
    for number, line in enumerate(Path(__file__).read_text().splitlines(), 1):
        found = re.search(r"# stall: (\w+)$", line)
        if found:
            lines[found[1]].add(number)
    return lines


class Sizes:
    """How much of each kind makes a stall of a given length, learned as the stalls go by."""

    def __init__(self) -> None:
        self._per_s = dict.fromkeys(KINDS, 1000.0)

    def of(self, name: str, duration_s: float) -> int:
        return max(1, int(self._per_s[name] * duration_s))

    def learn(self, name: str, size: int, took_s: float) -> None:
        if name not in ("sleep", "lock", "receive", "join") and took_s > 0:
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
            self._kind = self._random.choice(list(KINDS))
            wanted_s = self._slow_s * self._random.uniform(1.15, 2.2)
            size = self._sizes.of(self._kind, wanted_s)
            if self._kind in ("sleep", "lock", "receive", "join"):
                size = int(wanted_s * 1000)
            await self._stall(size)
            await asyncio.sleep(self._random.uniform(0, self._slow_s / 4))

    async def _stall(self, size: int) -> None:
        """Stall in a callback, a task, or some coroutines further in."""
        done = asyncio.get_running_loop().create_future()

        def stall() -> None:
            begun = time.monotonic()
            try:
                KINDS[self._kind](size)
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
            held = dominating(own_samples(stall), duration_s)
        self._judge(held.where if held else None, duration_s, lost_s)

    def _judge(self, where: Place | None, duration_s: float, lost_s: float) -> None:
        if where and where.file == __file__ and where.line in self._lines[self._kind]:
            outcome = "located"
        elif where is None and duration_s - lost_s < self._slow_s:
            outcome = "withheld"
        else:
            outcome = "wrong" if where else "missed"
            self.wrong.append(
                f"{self._kind} of {duration_s:.3f} s: {outcome}, {where}, {lost_s:.3f} s lost"
            )
        self.outcomes[self._kind, outcome] += 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--slow", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    print(f"Python {sys.version.split()[0]}, seed {options.seed}, slow = {options.slow} s")
    trial = Trial(options.slow, options.seed)
    trueloop.run(trial.run(options.count))
    outcomes = ("located", "withheld", "missed", "wrong")
    for name in KINDS:
        counts = (f"{trial.outcomes[name, outcome]:5} {outcome}" for outcome in outcomes)
        print(f"{name:14}", *counts)
    for line in trial.wrong:
        print(line)
    status = watch.status()
    located = sum(trial.outcomes[name, "located"] for name in KINDS)
    print(
        f"{located} of {sum(trial.outcomes.values())} located; "
        f"{status.looks} looks, {status.failed_looks} spoiled, "
        f"{status.looking_s / max(1, status.looks) * 1e6:.0f} us each"
    )
    return 1 if trial.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
