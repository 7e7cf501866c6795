"""One measured process: `python -m benchmarks.loops PEER WORKLOAD OPERATIONS LOOPS PATIENCE_S`.

So many threads, each with a loop of its own, do the same work at the same time, over and over in
short bursts; written is, as one JSON line, how fast they were together. threads.py starts it afresh
for every figure.

Time is taken by the clock on the wall: waiting for a lock, and so for the GIL, must count. What
must not count is a neighbour on the machine. So only those bursts are kept in which no thread was
ready to run and had no CPU, as the kernel's account of each thread says. Between bursts all threads
sleep: that leaves the machine to the neighbours, who then leave it to the next burst.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from bisect import bisect_right
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

from benchmarks.macro import echo_within
from benchmarks.measure import run, warm_malloc
from benchmarks.peers import PEERS
from benchmarks.suite import WORKLOADS
from benchmarks.workload import Meter, Workload

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

ROWS = WORKLOADS | {echo_within.ROW.name: echo_within.ROW}
BURST_NS = 20_000_000
PAUSE_S = 0.06
BURSTS_WANTED = 20
BURSTS_NEEDED = 5
DISTURBED_SHARE = 0.04


class Idle(Meter):
    """Measures nothing: collecting garbage, as the meter does, would stop the other threads."""

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Mark:
    """What a thread had done, and how long it had been kept waiting for a CPU, at a moment."""

    at_ns: int
    done: float
    kept_waiting_ns: float

    @classmethod
    def now(cls, done: int) -> Mark:
        _, kept_waiting_ns, _ = Path("/proc/thread-self/schedstat").read_text().split()
        return cls(time.monotonic_ns(), done, int(kept_waiting_ns))


Course = list[Mark]  # of one thread in one burst: steady progress from each mark to the next


def at(course: Course, moment_ns: int) -> Mark:
    """Return the mark that would have been set at a moment between the first and the last."""
    index = bisect_right(course, moment_ns, key=lambda mark: mark.at_ns)
    before, after = course[index - 1], course[min(index, len(course) - 1)]
    if after is before:
        return before
    share = (moment_ns - before.at_ns) / (after.at_ns - before.at_ns)
    return Mark(
        moment_ns,
        before.done + share * (after.done - before.done),
        before.kept_waiting_ns + share * (after.kept_waiting_ns - before.kept_waiting_ns),
    )


def rate(courses: Sequence[Course]) -> float | None:
    """Return the operations a second of all threads in a burst; None if it was disturbed."""
    start_ns = max(course[0].at_ns for course in courses)
    end_ns = min(course[-1].at_ns for course in courses)
    length_ns = end_ns - start_ns
    if length_ns < BURST_NS / 2:
        return None
    spans = [(at(course, start_ns), at(course, end_ns)) for course in courses]
    if any(
        end.kept_waiting_ns - start.kept_waiting_ns > DISTURBED_SHARE * length_ns
        for start, end in spans
    ):
        return None
    return sum(end.done - start.done for start, end in spans) / length_ns * 1e9


@dataclass(frozen=True, slots=True)
class Figures:
    """What one process measured.

    Attributes:
        per_s: Operations a second of all threads together, mean of the undisturbed bursts; None if
            other programs left too few of them.
        bursts: How many undisturbed bursts there were.
        cpu_ns: CPU nanoseconds of the whole process for one operation, over all bursts.
        gil: Whether a global lock lets one thread run at a time.
    """

    per_s: float | None
    bursts: int
    cpu_ns: float
    gil: bool


class Race:
    """Threads that begin each burst together, until enough has been seen of them."""

    def __init__(self, peer: str, row: Workload, operations: int, loops: int) -> None:
        self._peer = peer
        self._row = row
        self._operations = operations
        self._courses: list[Course] = [[] for _ in range(loops)]
        self._gate = threading.Barrier(loops + 1)
        self._over = False
        self._failures: list[BaseException] = []

    def run(self, patience_s: float) -> Figures:
        """Return what the threads did together within `patience_s` seconds or less."""
        threads = [
            threading.Thread(target=self._compete, args=(number,))
            for number in range(len(self._courses))
        ]
        for thread in threads:
            thread.start()
        try:
            return self._watch(patience_s)
        except threading.BrokenBarrierError:
            raise self._failures[0] from None
        finally:
            self._over = True
            self._gate.abort()
            for thread in threads:
                thread.join()

    def _watch(self, patience_s: float) -> Figures:
        self._gate.wait()  # every thread has warmed up
        give_up_s = time.monotonic() + patience_s
        cpu_before_ns = time.process_time_ns()
        done = 0.0
        rates: list[float] = []
        while len(rates) < BURSTS_WANTED and time.monotonic() < give_up_s:
            time.sleep(PAUSE_S)
            self._gate.wait()  # it begins
            self._gate.wait()  # it has ended
            done += sum(course[-1].done for course in self._courses)
            seen = rate(self._courses)
            if seen is not None:
                rates.append(seen)
        cpu_ns = time.process_time_ns() - cpu_before_ns
        per_s = mean(rates) if len(rates) >= BURSTS_NEEDED else None
        return Figures(per_s, len(rates), cpu_ns / done, has_gil())

    def _compete(self, number: int) -> None:
        try:
            with asyncio.Runner(loop_factory=PEERS[self._peer].new_event_loop) as runner:
                self._work(runner)
                self._gate.wait()
                while True:
                    self._gate.wait()
                    self._courses[number] = self._burst(runner)
                    self._gate.wait()
        except threading.BrokenBarrierError as failure:
            if not self._over:
                self._failures.append(failure)
        except BaseException as failure:
            self._failures.insert(0, failure)
            self._gate.abort()

    def _burst(self, runner: asyncio.Runner) -> Course:
        course = [Mark.now(0)]
        end_ns = course[0].at_ns + BURST_NS
        while course[-1].at_ns < end_ns:
            self._work(runner)
            course.append(Mark.now(len(course) * self._operations))
        return course

    def _work(self, runner: asyncio.Runner) -> None:
        runner.run(run(self._row, Idle(self._operations)))


def has_gil() -> bool:
    asked = getattr(sys, "_is_gil_enabled", None)
    return asked is None or bool(asked())


def command(peer: str, workload: str, operations: str, loops: str, patience_s: str) -> int:
    PEERS[peer].prepare()
    warm_malloc()
    row = ROWS[workload]
    try:
        figures = Race(peer, row, max(row.smallest, int(operations)), int(loops)).run(
            float(patience_s)
        )
    except Exception as error:
        print(json.dumps({"failure": type(error).__name__}))
        raise
    print(json.dumps(asdict(figures)))
    return 0


if __name__ == "__main__":
    raise SystemExit(command(*sys.argv[1:]))
