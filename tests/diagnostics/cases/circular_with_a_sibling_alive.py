# Only a failure of the heartbeat could end this, and the heart is sound.
import asyncio


async def heartbeat():
    for _ in range(60):
        await asyncio.sleep(0.05)


async def worker(parent):
    await parent  # finding: circular-await


async def main():
    await asyncio.gather(heartbeat(), worker(asyncio.current_task()))


asyncio.run(main())
