"""Two tasks take turns for half a second: each round is short."""

import asyncio
import time


def burn(duration_s):
    end_s = time.thread_time() + duration_s
    while time.thread_time() < end_s:
        sum(range(50))


async def player(name, mine, other):
    for _ in range(50):
        await mine.wait()
        mine.clear()
        burn(0.005)
        other.set()


async def main():
    ping, pong = asyncio.Event(), asyncio.Event()
    ping.set()
    await asyncio.gather(player("ping", ping, pong), player("pong", pong, ping))


asyncio.run(main())
