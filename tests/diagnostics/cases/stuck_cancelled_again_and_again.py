# Somebody keeps asking, twice in a second.
import asyncio


async def deaf():
    for _ in range(20):
        try:
            await asyncio.sleep(0.1)  # finding: stuck-shutdown
        except asyncio.CancelledError:  # finding: swallowed-cancellation
            continue


async def main():
    task = asyncio.create_task(deaf())
    await asyncio.sleep(0.05)
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=0.5)


asyncio.run(main())
