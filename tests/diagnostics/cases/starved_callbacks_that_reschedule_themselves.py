"""Sixty callbacks ask to be called again at once, again and again."""

import asyncio
import time


def burn(duration_s):
    end_s = time.thread_time() + duration_s
    while time.thread_time() < end_s:
        sum(range(50))


class Pump:
    def __init__(self, loop, done):
        self.loop = loop
        self.done = done
        self.left = 3

    def turn(self):
        burn(0.004)  # finding: starved-loop
        self.left -= 1
        if self.left:
            self.loop.call_soon(self.turn)
        elif not self.done.done():
            self.done.set_result(None)


async def main():
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    for pump in [Pump(loop, done) for _ in range(60)]:
        loop.call_soon(pump.turn)
    await done


asyncio.run(main())
