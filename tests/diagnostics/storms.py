"""`python -m tests.diagnostics.storms [NAME...] [--scale F]`: each detector in a storm of its own.

Each storm runs in a process of its own, so that its memory and its exit status can be judged. It
says at once how it must end: with which findings, how often counted, how often told. What took how
long is printed beside the budget for it, and judged by nobody: that is the machine's affair too.

blocked-loop and starved-loop are not judged either. A storm holds its own loop now and then, for a
time that is a matter of its size and of the machine.
"""

import argparse
import asyncio
import atexit
import gc
import logging
import os
import resource
import signal
import subprocess
import sys
import sysconfig
import threading
import time
import types
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator

import trueloop
from tests.diagnostics.storm_work import (
    PATIENCE_S,
    cancel,
    lose,
    obeys,
    reads,
    wait_in_a_circle,
)
from trueloop import diagnostics
from trueloop.diagnostics import Finding, reachability, waits
from trueloop.diagnostics.detectors import DETECTORS, circular_await, stranded_task

UNJUDGED = {"blocked-loop", "starved-loop"}
MOST_GROWTH_MIB = 24.0  # of a storm's second part over its first; the allocator's own ups and downs
CHILD_S = 60  # that a forked child may live
STORM_S = 1800  # that a storm's process may live
FORKED_SHARE = 0.1  # of its size has a storm in the middle of which is a fork

HAS_GIL = not sysconfig.get_config_var("Py_GIL_DISABLED")
HAS_ASAN = "libasan" in os.environ.get("LD_PRELOAD", "")
# What detectors do on the loop's thread, of their own accord or at an event. Others of their
# methods look at who has called them, and must not be called by anybody else.
TIMED = ("idle", "exception_lost", "cancellation_survived", "abandoned")


def memory_mib() -> float:
    """What the process has in memory, after everything that can go has gone."""
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 2**20


class Storm:
    """One storm in this process: its size, what it has measured, and what went wrong."""

    def __init__(self, scale: float, forks: bool = False) -> None:
        self.scale = scale
        self.forks = forks
        self.faults: list[str] = []
        self.figures: list[str] = []
        self.told: Counter[str] = Counter()
        self.holds: dict[str, float] = {}  # longest call of each detector's hook, in seconds
        self._steady_mib = 0.0
        self._growth_mib: float | None = None
        self._child = 0
        logging.getLogger("asyncio").disabled = True  # it would write of each lost exception
        diagnostics.remove_sink(diagnostics.default_sink)
        diagnostics.add_sink(self._hear)
        for detector in DETECTORS:
            for slot in TIMED:
                if hasattr(detector, slot):
                    setattr(detector, slot, self._timed(getattr(detector, slot), detector.kind))

    def sized(self, full: int) -> int:
        return max(10, round(full * self.scale))

    def middle(self) -> None:
        """The storm is half over, and its first half says how much memory it takes."""
        self._steady_mib = memory_mib()
        if self.forks:
            self._child = os.fork()
            if self._child == 0:
                live_on()

    def measure(self) -> None:
        """Now, if not at its end, the storm has as much in memory as in its middle."""
        self._growth_mib = memory_mib() - self._steady_mib

    def expect(self, what: str, found: object, wanted: object) -> None:
        if found != wanted:
            self.faults.append(f"{what}: {found} instead of {wanted}")

    def end(self, **wanted: int) -> None:
        """The storm is over, and all it may have left are these findings, each kind at one place.

        Each is told when it is new, and at its 10th, 100th ... occurrence.
        """
        diagnostics.program_ends()
        counts = {kind.replace("-", "_"): n for kind, n in diagnostics.counters().items() if n}
        for kind in UNJUDGED:
            if counts.pop(kind.replace("-", "_"), 0):
                self.figures.append(f"({self.told.pop(kind, 0)} x {kind} told)")
        self.expect("findings", counts, {kind: n for kind, n in wanted.items() if n})
        lines = {kind: len(str(n)) for kind, n in wanted.items() if n}
        self.expect("told", {kind.replace("-", "_"): n for kind, n in self.told.items()}, lines)
        if self._child:
            _, status = os.waitpid(self._child, 0)
            self.expect("status of the forked child", os.waitstatus_to_exitcode(status), 0)
            self.figures.append("a forked child has ended well")
        for name, held_s in sorted(self.holds.items(), key=lambda item: -item[1])[:2]:
            self.figures.append(f"longest {name} {held_s * 1e3:.1f} ms")
        if self._growth_mib is None:
            self.measure()
        self.figures.append(f"memory {self._growth_mib:+.1f} MiB")
        # AddressSanitizer keeps for a while what was freed.
        if self._growth_mib > MOST_GROWTH_MIB and not HAS_ASAN:
            self.faults.append(f"memory has grown by {self._growth_mib:.1f} MiB")

    def _hear(self, finding: Finding) -> None:
        self.told[finding.kind] += 1

    def _timed(self, method: Callable[..., object], kind: str) -> Callable[..., object]:
        name = f"{kind}.{method.__name__}()"

        def call(*arguments: object) -> object:
            began = time.perf_counter()
            try:
                return method(*arguments)
            finally:
                took = time.perf_counter() - began
                if took > self.holds.get(name, 0.0):
                    self.holds[name] = took

        return call


async def until(kind: str, count: int) -> None:
    """Wait for that many findings of a kind, while the loop has little to do."""
    for _ in range(int(PATIENCE_S / 0.02)):
        if diagnostics.counters()[kind] >= count:
            return
        await asyncio.sleep(0.02)


def live_on() -> None:
    """What a forked child does: it makes findings of its own, and has none of its parent's."""
    status = 1
    try:
        signal.alarm(CHILD_S)
        before = diagnostics.counters()

        async def main() -> None:
            await lose(100)
            await cancel(100)

        trueloop.run(main())
        diagnostics.program_ends()
        after = diagnostics.counters()
        news = {kind: after[kind] - before[kind] for kind in after if kind not in UNJUDGED}
        news = {kind: count for kind, count in news.items() if count}
        status = int(news != {"lost-exception": 100, "swallowed-cancellation": 40})
        if status:
            os.write(2, f"findings in the forked child: {news}\n".encode())
    except BaseException as exc:
        os.write(2, f"the forked child failed: {exc!r}\n".encode())
    finally:
        os._exit(status)


# -- the storms


def wait_for_graph(storm: Storm) -> None:
    """A crowd that waits for each other in every way, and at last two of them in a circle."""

    async def waits_at(gate: asyncio.Event) -> None:
        await gate.wait()

    async def gathers(others: list[asyncio.Task[None]]) -> None:
        await asyncio.gather(*others)

    async def holds(lock: asyncio.Lock, other: asyncio.Task[None]) -> None:
        async with lock:
            await other

    async def queues(lock: asyncio.Lock) -> None:
        async with lock:
            pass

    async def crowd(gate: asyncio.Event) -> list[asyncio.Task[None]]:
        tasks: list[asyncio.Task[None]] = []
        for n in range(storm.sized(100_000) // 10):
            some = [asyncio.create_task(waits_at(gate)) for _ in range(7)]
            some.append(asyncio.create_task(gathers(some[:])))
            lock = asyncio.Lock()
            some.append(asyncio.create_task(holds(lock, some[-1])))
            some.append(asyncio.create_task(queues(lock)))
            tasks += some
            if n % 50 == 0:
                await asyncio.sleep(0)
        return tasks

    async def main() -> None:
        for part in range(3):
            gate = asyncio.Event()
            tasks = await crowd(gate)
            await asyncio.sleep(0.3)
            storm.expect("waiting", len(asyncio.all_tasks()), len(tasks) + 1)
            began = time.perf_counter()
            found = waits.find_circles(list(asyncio.all_tasks()))
            took_ms = (time.perf_counter() - began) * 1e3
            storm.expect("circles in a healthy crowd", found.circles, [])
            del found
            if part == 2:
                storm.figures.append(f"{len(tasks)} tasks, all at once in {took_ms:.0f} ms")
                began = time.perf_counter()
                await wait_in_a_circle()
                storm.figures.append(f"circle ended after {time.perf_counter() - began:.1f} s")
            gate.set()
            await asyncio.wait(tasks)
            tasks.clear()
            if part == 1:  # the allocator has found its size
                storm.middle()
        gc.collect()
        tasks = [each for each in gc.get_objects() if isinstance(each, asyncio.Task)]
        storm.expect("tasks kept alive", len(tasks) - 1, 0)

    trueloop.run(main())
    storm.figures.append(
        f"budget: {circular_await._LONGEST_LOOK_S * 1e3:.0f} ms a look, "
        f"{circular_await._LONGEST_JUDGING_S * 1e3:.0f} ms to judge, "
        f"{circular_await._SHARE:.1%} of the time"
    )
    storm.end(circular_await=1)


def tree(objects: int, farthest: object) -> list[object]:
    """That many lists, ten in one, of which the last of the innermost holds `farthest`."""
    level: list[object] = [[] for _ in range(objects * 9 // 10)]
    level[-1].append(farthest)
    while len(level) > 1:
        level = [level[n : n + 10] for n in range(0, len(level), 10)]
    return level


def looks(storm: Storm, loop: asyncio.AbstractEventLoop, alive: set[int]) -> Iterator[str]:
    """Look for stranded tasks directly, within the budget; and without one."""
    longest_s, most, unknown = 0.0, 0, 0
    first = 0
    for _ in range(50):
        tasks = loop.hooks.tasks()
        began = time.thread_time()
        verdict = reachability.stranded(loop, tasks, first)
        longest_s = max(longest_s, time.thread_time() - began)
        if verdict is None:
            unknown += 1
            continue
        most = max(most, verdict.objects)
        for task, _ in verdict.stranded:
            if id(task) in alive:
                storm.faults.append(f"{task.get_name()} is said to be stranded")
        first = first + verdict.taken if first + verdict.taken < len(tasks) else 0
    yield f"50 looks: at most {longest_s * 1e3:.1f} ms, {most} objects, {unknown} unknown"
    if most > reachability.MOST_OBJECTS:
        storm.faults.append(f"{most} objects looked at")
    verdict = reachability.stranded(loop, loop.hooks.tasks(), most_objects=10, most_s=0.0)
    storm.expect("stranded without time", verdict.stranded if verdict else [], [])
    verdict = None
    tasks = loop.hooks.tasks()
    began = time.thread_time()
    verdict = reachability.stranded(loop, tasks, most_objects=20_000_000, most_s=600.0)
    took_s = time.thread_time() - began
    if verdict is not None:
        found = sorted(task.get_name() for task, _ in verdict.stranded)
        yield f"without a budget {verdict.objects} objects in {took_s:.2f} s, stranded: {found}"


def reachable(storm: Storm) -> None:
    """Millions of objects, held by tasks that wait, and one that nothing can wake any more."""

    async def waits_with(belongings: object, awaited: asyncio.Future[None]) -> None:
        await awaited

    async def reads_own(objects: int) -> None:
        """Stranded in truth, which shows only at the far end of its own objects."""
        queue: asyncio.Queue[None] = asyncio.Queue()
        belongings = tree(objects, queue)
        await queue.get()
        belongings.clear()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        objects = storm.sized(10_000_000)
        gc.disable()
        awaited = loop.create_future()
        belongings = tree(objects // 2, awaited)
        alive = [asyncio.create_task(waits_with(belongings, awaited)) for _ in range(10)]
        asyncio.create_task(reads_own(objects // 2), name="reads-own")
        if objects <= 2 * reachability.MOST_OBJECTS:  # a storm so small may come to the truth
            diagnostics.ignore("stranded-task", function="reads_own")
        await asyncio.sleep(0)
        gc.freeze()
        gc.enable()
        asyncio.create_task(reads(asyncio.Queue()), name="lost")
        await asyncio.sleep(0)
        storm.figures.append(f"{objects} objects")
        storm.middle()
        if reachability.is_available:
            ids = {id(task) for task in alive}
            storm.figures += looks(storm, loop, ids)
            await until("stranded-task", 1)
        storm.measure()
        awaited.set_result(None)
        await asyncio.wait(alive)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        storm.expect(
            "still pending", sorted(task.get_name() for task in others), ["lost", "reads-own"]
        )
        for task in others:
            task.cancel()
        await asyncio.wait(others)

    trueloop.run(main())
    storm.figures.append(
        f"budget: {reachability.MOST_S * 1e3:.0f} ms, as long again to judge, "
        f"{reachability.MOST_OBJECTS} objects, {stranded_task._SHARE:.1%} of the time"
    )
    storm.end(stranded_task=int(reachability.is_available))


def cancellations(storm: Storm) -> None:
    """Tasks are cancelled by the thousand, and two of five take no notice."""
    count = storm.sized(300_000)

    async def main() -> int:
        swallowed = await cancel(count // 2)
        storm.middle()
        return swallowed + await cancel(count - count // 2)

    began = time.perf_counter()
    swallowed = trueloop.run(main())
    each_us = (time.perf_counter() - began) / count * 1e6
    storm.figures.append(f"{count} cancellations, {swallowed} swallowed, {each_us:.1f} us each")
    storm.end(swallowed_cancellation=swallowed)


def lost_exceptions(storm: Storm) -> None:
    """Tasks fail by the thousand, and nobody asks why."""
    count = storm.sized(1_000_000)

    async def main() -> None:
        await lose(count // 2)
        storm.middle()
        await lose(count - count // 2)

    began = time.perf_counter()
    trueloop.run(main())
    each_us = (time.perf_counter() - began) / count * 1e6
    storm.figures.append(f"{count} lost, {each_us:.1f} us each")
    storm.end(lost_exception=count)


def eight_threads(storm: Storm) -> None:
    """Eight loops in eight threads, each with findings of its own, twice."""
    lost, cancelled = storm.sized(20_000), storm.sized(5_000)
    swallowed: list[int] = []

    async def part(number: int, rounds: int) -> None:
        asyncio.create_task(reads(asyncio.Queue()))
        await lose(lost // 2)
        if number == 0 and rounds == 2:
            storm.middle()
        await lose(lost - lost // 2)
        swallowed.append(await cancel(cancelled))
        await wait_in_a_circle()
        if reachability.is_available:
            await until("stranded-task", 8 * rounds)
        [task.cancel() for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        left = asyncio.create_task(obeys())
        await asyncio.sleep(0)
        storm.expect("done", left.done(), False)

    def run(number: int, rounds: int) -> None:
        try:
            trueloop.run(part(number, rounds))
        except BaseException as exc:
            storm.faults.append(f"thread {number}: {exc!r}")

    began = time.perf_counter()
    for rounds in (1, 2):
        threads = [threading.Thread(target=run, args=(n, rounds)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    took_s = time.perf_counter() - began
    storm.figures.append(f"16 loops, {16 * lost} lost, {sum(swallowed)} swallowed, {took_s:.1f} s")
    storm.end(
        lost_exception=16 * lost,
        swallowed_cancellation=sum(swallowed),
        circular_await=16,
        abandoned_task=16,
        stranded_task=16 * reachability.is_available,
    )


class Late:
    """When it dies, it runs a loop that loses exceptions, of which nobody can be told any more."""

    def __init__(self) -> None:
        self.loop = trueloop.new_event_loop()

    def __del__(
        self,
        lose: Callable[[int], Coroutine[object, object, None]] = lose,
        write: Callable[[int, bytes], int] = os.write,
    ) -> None:
        self.loop.run_until_complete(lose(100))
        self.loop.create_future().set_exception(ValueError())
        self.loop.close()
        write(1, b"; a loop has run in __del__ after that")


def swallow_at_exit(storm: Storm) -> None:
    """Let there be findings when the program is over, in a forked child too."""
    count = storm.sized(10_000)

    def swallow() -> None:
        before = diagnostics.counters()["swallowed-cancellation"]
        swallowed = trueloop.run(cancel(count))
        found = diagnostics.counters()["swallowed-cancellation"] - before
        if found != swallowed:
            os.write(2, f"{found} found of {swallowed} at exit\n".encode())
        os.write(1, f"; {found} found at exit".encode())

    atexit.register(swallow)
    if storm.forks:
        child = os.fork()
        if child:
            atexit.register(reap, child)
        else:
            signal.alarm(CHILD_S)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def shutdown(storm: Storm) -> None:
    """Findings at exit, and a loop in a finaliser when the interpreter clears its modules."""
    module = sys.modules["late"] = types.ModuleType("late")
    module.late = Late()
    swallow_at_exit(storm)


def daemon_thread(storm: Storm) -> None:
    """Findings at exit, and in a daemon thread all the while, until it is cut off."""
    begun = threading.Event()

    async def lose_for_ever() -> None:
        await lose(10)
        begun.set()
        while True:
            await lose(100)

    swallow_at_exit(storm)
    threading.Thread(target=trueloop.run, args=(lose_for_ever(),), daemon=True).start()
    begun.wait()


def reap(child: int) -> None:
    _, status = os.waitpid(child, 0)
    if status:
        os.write(2, f"the forked child ended with {status}\n".encode())
    os.write(1, b"; a forked child has ended well" if not status else b"")


STORMS: dict[str, Callable[[Storm], None]] = {
    "wait_for_graph": wait_for_graph,
    "reachability": reachable,
    "cancellations": cancellations,
    "lost_exceptions": lost_exceptions,
    "eight_threads": eight_threads,
    "shutdown": shutdown,
    "daemon_thread": daemon_thread,
}
# What is written when the storm itself is over.
LAST_WORDS = {"shutdown": "in __del__ after that", "daemon_thread": "found at exit"}
NAMES = [*STORMS, *(f"fork_{name}" for name in STORMS)]


def why_not(name: str) -> str:
    """What keeps a storm from being raised here, which is not in trueloop's power; or nothing."""
    if name == "fork_eight_threads" and not HAS_GIL:
        return (
            "CPython 3.13 without a GIL: a lock that another thread holds while it waits to stop "
            "the world, for gc.get_referents(), is locked for ever in a forked child"
        )
    if name.startswith("fork_") and HAS_ASAN:
        return "the lock of libasan's allocator, held at the fork by a thread, stops the child"
    return ""


def inside(name: str, scale: float) -> None:
    """Run a storm in this process, which is there for nothing else."""
    forks = name.startswith("fork_")
    storm = Storm(scale * (FORKED_SHARE if forks else 1.0), forks)
    began = time.monotonic()
    STORMS[name.removeprefix("fork_")](storm)
    for fault in storm.faults:
        os.write(2, f"{fault}\n".encode())
    figures = [f"{time.monotonic() - began:.1f} s", *storm.figures]
    os.write(1, "; ".join(figures).encode())


def run(name: str, scale: float = 1.0) -> tuple[str, str]:
    """Run a storm in a process of its own: its figures, and what went wrong, if anything."""
    command = [sys.executable, "-X", "faulthandler", "-W", "ignore::DeprecationWarning"]
    command += ["-m", __spec__.name, "--inside", name, "--scale", str(scale)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=STORM_S, check=False)
    except subprocess.TimeoutExpired:
        return "", f"has not ended after {STORM_S} s"
    faults = done.stderr
    if LAST_WORDS.get(name.removeprefix("fork_"), "") not in done.stdout:
        faults += "has not come to its end\n"
    if done.returncode:
        faults += f"exit status {done.returncode}\n"
    return done.stdout, faults


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.diagnostics.storms", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; fork: all"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="1: full size")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        inside(options.inside, options.scale)
        return 0
    print(f"CPython {sys.version.split()[0]}, {trueloop.__file__}", flush=True)
    failed = 0
    for name in NAMES:
        wanted = not options.names or {name, name.partition("_")[0]} & {*options.names}
        if wanted and why_not(name):
            print(f"{name}: not here: {why_not(name)}", flush=True)
        elif wanted:
            figures, faults = run(name, options.scale)
            failed += bool(faults)
            print(f"{name}: {'FAILED' if faults else 'ok'}: {figures}", flush=True)
            print(faults, end="", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
