"""Loops in threads, started and stopped, that send each other messages; and signals."""

import asyncio
import os
import random
import signal
import threading

import trueloop
from tests.soak.tally import Tally, expect

MESSAGES = 500


async def a_loop_in_a_thread(source: random.Random, tally: Tally) -> None:
    """It answers each message through our door; all answers come, in order."""
    ours = asyncio.get_running_loop()
    answers: list[int] = []
    all_here = asyncio.Event()
    theirs = trueloop.new_event_loop()

    def answered(number: int) -> None:
        answers.append(number)
        if len(answers) == MESSAGES:
            all_here.set()

    def serve() -> None:
        try:
            theirs.run_forever()
        finally:
            theirs.close()

    thread = threading.Thread(target=serve)
    thread.start()
    for number in range(MESSAGES):
        theirs.call_soon_threadsafe(ours.call_soon_threadsafe, answered, number)
        if source.random() < 0.02:
            await asyncio.sleep(0)
    there = asyncio.run_coroutine_threadsafe(asyncio.sleep(0.001, "done"), theirs)
    expect("a coroutine there", await asyncio.wrap_future(there), "done")
    await all_here.wait()
    theirs.call_soon_threadsafe(theirs.stop)
    await asyncio.to_thread(thread.join)
    expect("answers in order", answers, list(range(MESSAGES)))
    tally.add("messages between threads", MESSAGES)
    tally.add("loops in threads")


async def a_signal(tally: Tally) -> None:
    """A handler on the loop hears it."""
    loop = asyncio.get_running_loop()
    heard = asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, heard.set)
    os.kill(os.getpid(), signal.SIGUSR1)
    await heard.wait()
    expect("a handler removed", loop.remove_signal_handler(signal.SIGUSR1), True)
    tally.add("signals")


async def jobs(source: random.Random, tally: Tally) -> None:
    """Jobs for the pool; each gives back its own number."""
    loop = asyncio.get_running_loop()
    numbers = await asyncio.gather(*(loop.run_in_executor(None, lambda n=n: n) for n in range(50)))
    expect("jobs", numbers, list(range(50)))
    tally.add("jobs", 50)


async def run(source: random.Random, tally: Tally, until: float) -> None:
    loop = asyncio.get_running_loop()
    while loop.time() < until:
        await a_loop_in_a_thread(source, tally)
        await a_signal(tally)
        await jobs(source, tally)
