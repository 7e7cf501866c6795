# Slow start and slow end, while no loop runs; and between two runs.
import asyncio
import time


async def main():
    await asyncio.sleep(0.01)


time.sleep(0.15)
with asyncio.Runner() as runner:
    runner.run(main())
    time.sleep(0.15)
    runner.run(main())
time.sleep(0.15)
