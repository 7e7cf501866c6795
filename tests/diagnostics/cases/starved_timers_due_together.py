"""A hundred timers were armed for the same moment."""

import asyncio
import time


def burn(duration_s):
    end_s = time.thread_time() + duration_s
    while time.thread_time() < end_s:
        sum(range(50))


def expire(session):
    burn(0.003)  # finding: starved-loop


async def main():
    loop = asyncio.get_running_loop()
    when_s = loop.time() + 0.05
    for session in range(100):
        loop.call_at(when_s, expire, session)
    await asyncio.sleep(0.1)


asyncio.run(main())
