"""A callback asks to be called again and again: alone, it keeps nobody waiting."""

import asyncio
import time


def burn(duration_s):
    end_s = time.thread_time() + duration_s
    while time.thread_time() < end_s:
        sum(range(50))


def turn(loop, left, done):
    burn(0.005)
    if left:
        loop.call_soon(turn, loop, left - 1, done)
    else:
        done.set_result(None)


async def main():
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    loop.call_soon(turn, loop, 80, done)
    await done


asyncio.run(main())
