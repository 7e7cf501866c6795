"""Readers of asynchronous generators that yield and yield, and never wait for anything."""

import asyncio
import time


def burn(duration_s):
    end_s = time.thread_time() + duration_s
    while time.thread_time() < end_s:
        sum(range(50))


async def records(count):
    for number in range(count):
        burn(0.002)  # finding: starved-loop
        yield number


async def copy():
    return [record async for record in records(10)]


async def main():
    await asyncio.gather(*(copy() for _ in range(12)))


asyncio.run(main())
