"""`python -m tests.threads.stress`: millions of calls from other threads into running loops.

Two loops run in two threads; callers in further threads do to them what any thread may do: post and
cancel callbacks, finish futures, cancel, name and inspect tasks, arm and disarm timers, list all
tasks. Every call says at once how it must end, so a lost, doubled or reordered callback is counted,
and a crash needs no counting. Without a GIL it all really happens at the same time.
"""

import argparse
import asyncio
import contextvars
import random
import sys
import threading
import time
from collections.abc import Callable

import trueloop

OUTSTANDING = 2000  # posted by one caller and not yet run, at most


class Served:
    """A loop that runs in a thread of its own, with tasks that live for a while."""

    def __init__(self) -> None:
        self.loop = trueloop.new_event_loop()
        self.crowd: list[asyncio.Task[None]] = []
        self.faults: list[str] = []
        self.begun = threading.Event()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        self.begun.wait()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.set_exception_handler(self._hear)
        self.loop.call_soon(self.begun.set)
        try:
            self.loop.run_until_complete(self._main())
        finally:
            self.loop.close()

    def _hear(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        # sleep()'s timer asks whether its future was cancelled, and then sets its result: asyncio's
        # own code, in two steps, between which another thread may cancel the task.
        if not isinstance(context.get("exception"), asyncio.InvalidStateError):
            self.faults.append(f"reported: {context}")

    async def _main(self) -> None:
        self.ended = asyncio.Event()
        self.crowd = [asyncio.create_task(self._live(n)) for n in range(100)]
        await self.ended.wait()
        for task in self.crowd:
            task.cancel()
        await asyncio.wait(self.crowd)

    async def _live(self, n: int) -> None:
        while not self.ended.is_set():
            try:
                await asyncio.sleep(0.0001 * (n % 7))
            except asyncio.CancelledError:
                asyncio.current_task().uncancel()

    def end(self) -> None:
        self.loop.call_soon_threadsafe(self.ended.set)
        self.thread.join()


class Caller(threading.Thread):
    """Makes its share of the calls, and keeps account of how each must end."""

    def __init__(self, served: list[Served], calls: int, seed: int) -> None:
        super().__init__()
        self.served = served
        self.calls = calls
        self.random = random.Random(seed)
        self.made = 0
        self.faults: list[str] = []
        self.ran = 0
        self.due = 0
        self.room = threading.Semaphore(OUTSTANDING)
        self.last_seen = [-1] * len(served)
        self.lock = threading.Lock()

    def run(self) -> None:
        weighted: list[tuple[Callable[[int], None], int]] = [
            (self.post, 90), (self.post_and_cancel, 20), (self.finish_future, 20),
            (self.cancel_task, 5), (self.inspect_task, 5), (self.timer, 5), (self.await_there, 2),
            (self.list_tasks, 0.02), (self.touch_handle, 5),
        ]  # fmt: skip
        kinds = [kind for kind, _ in weighted]
        weights = [weight for _, weight in weighted]
        try:
            while self.made < self.calls:
                for kind in self.random.choices(kinds, weights, k=1000):
                    kind(self.made)
                    self.made += 1
        except BaseException as exc:
            self.faults.append(f"a call raised {exc!r}")
            raise

    # -- what must end well

    def expect(self) -> None:
        while not self.room.acquire(timeout=60):
            self.faults.append("nothing has run for 60 s")
        with self.lock:
            self.due += 1

    def happened(self) -> None:
        with self.lock:
            self.ran += 1
        self.room.release()

    def target(self) -> tuple[int, Served]:
        i = self.random.randrange(len(self.served))
        return i, self.served[i]

    def arrive(self, i: int, number: int) -> None:
        if number <= self.last_seen[i]:
            self.faults.append(f"call {number} ran after {self.last_seen[i]}")
        self.last_seen[i] = number
        self.happened()

    # -- the calls

    def post(self, number: int) -> None:
        i, served = self.target()
        self.expect()
        served.loop.call_soon_threadsafe(self.arrive, i, number)

    def post_and_cancel(self, number: int) -> None:
        _, served = self.target()
        outcome: list[str] = []
        handle = served.loop.call_soon_threadsafe(outcome.append, "ran")
        handle.cancel()
        if not handle.cancelled():
            self.faults.append("a cancelled handle is not")
        if sys.version_info >= (3, 14):  # from then on cancel() waits for a callback that runs
            before = list(outcome)
            self.expect()
            served.loop.call_soon_threadsafe(self.compare, before, outcome)

    def compare(self, before: list[str], outcome: list[str]) -> None:
        if outcome != before:
            self.faults.append("a callback began after its handle was cancelled")
        self.happened()

    def finish_future(self, number: int) -> None:
        """From the wrong thread, which asyncio leaves undefined; here it harms nobody."""
        _, served = self.target()
        future = served.loop.create_future()
        self.expect()
        future.add_done_callback(lambda done: self.happened())
        future.set_result(number)
        served.loop.call_soon_threadsafe(int)  # wakes a loop that has a GIL
        if future.result() != number:
            self.faults.append("a future's result is another")

    def cancel_task(self, number: int) -> None:
        _, served = self.target()
        if not self.random.choice(served.crowd).cancel():
            self.faults.append("a living task refuses to be cancelled")

    def inspect_task(self, number: int) -> None:
        _, served = self.target()
        task = self.random.choice(served.crowd)
        task.set_name(f"named {number}")
        repr(task), task.get_name(), task.get_coro(), task.get_context(), task.done()
        task._fut_waiter, task._asyncio_awaited_by, task.cancelling()

        def hear(done: object) -> None:
            pass

        task.add_done_callback(hear, context=contextvars.copy_context())
        if task.remove_done_callback(hear) != 1:
            self.faults.append("a done-callback that was added is not there")

    def timer(self, number: int) -> None:
        _, served = self.target()
        late = served.loop.call_later(3600, self.faults.append, "an hour has passed")
        late.cancel()

    def touch_handle(self, number: int) -> None:
        _, served = self.target()
        self.expect()
        handle = served.loop.call_soon_threadsafe(self.happened)
        repr(handle)

    def await_there(self, number: int) -> None:
        _, served = self.target()

        async def answer() -> int:
            await asyncio.sleep(0)
            return number

        self.expect()
        future = asyncio.run_coroutine_threadsafe(answer(), served.loop)
        future.add_done_callback(lambda done: self.happened())

    def list_tasks(self, number: int) -> None:
        _, served = self.target()
        found = asyncio.all_tasks(served.loop)
        if not set(served.crowd) <= found:
            self.faults.append(f"all_tasks() found {len(found)} tasks of {len(served.crowd)}")
        asyncio.current_task(served.loop)


def stress(calls: int, callers: int = 3, loops: int = 2, seed: int = 1) -> list[str]:
    """Make that many calls; what went wrong."""
    served = [Served() for _ in range(loops)]
    crew = [Caller(served, calls // callers, seed + n) for n in range(callers)]
    for caller in crew:
        caller.start()
    for caller in crew:
        caller.join()
    deadline = time.monotonic() + 60
    while any(caller.ran < caller.due for caller in crew) and time.monotonic() < deadline:
        time.sleep(0.01)
    for one in served:
        one.end()
    faults = [fault for one in (*crew, *served) for fault in one.faults]
    faults += [
        f"{caller.due - caller.ran} of {caller.due} callbacks did not run"
        for caller in crew
        if caller.ran != caller.due
    ]
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.threads.stress", description=__doc__)
    parser.add_argument("--calls", type=int, default=10_000_000)
    parser.add_argument("--callers", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    has_gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    print(
        f"CPython {sys.version.split()[0]} {'with' if has_gil else 'without'} a GIL, "
        f"{options.calls} calls by {options.callers} threads into 2 loops",
        flush=True,
    )
    began = time.monotonic()
    faults = stress(options.calls, options.callers, seed=options.seed)
    for fault in faults[:20]:
        print(fault)
    print(f"{len(faults)} faults in {time.monotonic() - began:.0f} s")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
