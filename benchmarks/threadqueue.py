"""Queues between a thread and a loop: `python -m benchmarks.threadqueue`.

Measures trueloop.ThreadQueue against janus, culsans and aiologic, those that are installed, each on
the same loop: CPU time of the process per item, one fresh process pinned to one CPU per figure,
interleaved rounds, medians.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import importlib.util
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

ITEMS = 50_000
ROUND_TRIPS = 5_000
REPETITIONS = 3


class Faces(NamedTuple):
    """The four calls that are measured."""

    put: Callable[[int], Any]
    get: Callable[[], Any]
    async_put: Callable[[int], Awaitable[Any]]
    async_get: Callable[[], Awaitable[Any]]


def of_trueloop() -> Faces:
    import trueloop

    queue: Any = trueloop.ThreadQueue()
    return Faces(queue.sync.put, queue.sync.get, queue.put, queue.get)


def of_janus() -> Faces:
    import janus

    queue: Any = janus.Queue()
    return Faces(queue.sync_q.put, queue.sync_q.get, queue.async_q.put, queue.async_q.get)


def of_culsans() -> Faces:
    import culsans

    queue: Any = culsans.Queue()
    return Faces(queue.sync_q.put, queue.sync_q.get, queue.async_q.put, queue.async_q.get)


def of_aiologic() -> Faces:
    import aiologic

    queue: Any = aiologic.SimpleQueue()
    return Faces(queue.green_put, queue.green_get, queue.async_put, queue.async_get)


PEERS: dict[str, Callable[[], Faces]] = {
    "trueloop": of_trueloop,
    "janus": of_janus,
    "culsans": of_culsans,
    "aiologic": of_aiologic,
}


async def thread_to_loop(new: Callable[[], Faces]) -> float:
    queue = new()

    def send() -> None:
        for n in range(ITEMS):
            queue.put(n)

    thread = threading.Thread(target=send)
    began = time.process_time_ns()
    thread.start()
    for _ in range(ITEMS):
        await queue.async_get()
    return (time.process_time_ns() - began) / ITEMS


async def loop_to_thread(new: Callable[[], Faces]) -> float:
    queue = new()
    loop = asyncio.get_running_loop()
    over = loop.create_future()

    def receive() -> None:
        for _ in range(ITEMS):
            queue.get()
        loop.call_soon_threadsafe(over.set_result, None)

    thread = threading.Thread(target=receive)
    began = time.process_time_ns()
    thread.start()
    for n in range(ITEMS):
        await queue.async_put(n)
    await over
    return (time.process_time_ns() - began) / ITEMS


async def round_trip(new: Callable[[], Faces]) -> float:
    there, back = new(), new()

    def answer() -> None:
        for _ in range(ROUND_TRIPS):
            back.put(there.get())

    thread = threading.Thread(target=answer)
    thread.start()
    began = time.process_time_ns()
    for n in range(ROUND_TRIPS):
        await there.async_put(n)
        await back.async_get()
    return (time.process_time_ns() - began) / ROUND_TRIPS


ROWS = {
    "thread to loop": thread_to_loop,
    "loop to thread": loop_to_thread,
    "there and back": round_trip,
}


def measure(peer: str, row: str) -> float:
    """Nanoseconds per item of the cheapest repetition."""
    import trueloop

    found = []
    for _ in range(REPETITIONS):
        gc.collect()
        with asyncio.Runner(loop_factory=trueloop.new_event_loop) as runner:
            found.append(runner.run(ROWS[row](PEERS[peer])))
    return min(found)


def figure(peer: str, row: str, cpu: int) -> float:
    """The same in a process of its own."""
    order = [sys.executable, "-m", "benchmarks.threadqueue", "--one", peer, row]
    done = subprocess.run(["taskset", "-c", str(cpu), *order], check=True, capture_output=True)
    return float(done.stdout)


def command() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds (default: 5)")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(measure(*arguments.one))
        return
    peers = [peer for peer in PEERS if importlib.util.find_spec(peer)]
    print("left out:", *(peer for peer in PEERS if peer not in peers))
    cpu = max(os.sched_getaffinity(0))
    found: dict[tuple[str, str], list[float]] = {}
    for _ in range(arguments.rounds):
        for row in ROWS:
            for peer in peers:
                found.setdefault((row, peer), []).append(figure(peer, row, cpu))
    print("| CPU ns per item |", " | ".join(peers), "|")
    print("| --- |", " | ".join("---:" for _ in peers), "|")
    for row in ROWS:
        figures = (statistics.median(found[row, peer]) for peer in peers)
        print(
            f"| {row} |", " | ".join(f"{figure:,.0f}".replace(",", " ") for figure in figures), "|"
        )


if __name__ == "__main__":
    command()
