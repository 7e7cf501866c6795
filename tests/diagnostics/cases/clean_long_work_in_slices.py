# A long computation that lets others run in between.
import asyncio
import time


async def main():
    for _ in range(10):
        until = time.perf_counter() + 0.02
        while time.perf_counter() < until:
            pass
        await asyncio.sleep(0)


asyncio.run(main())
