# One step does a short wait and a long one: the long one is to blame.
import asyncio
import time


async def main():
    await asyncio.sleep(0)
    time.sleep(0.05)
    time.sleep(0.5)  # finding: blocked-loop


asyncio.run(main())
