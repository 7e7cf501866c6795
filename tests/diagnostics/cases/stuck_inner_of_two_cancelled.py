# Both were told to end; the outer one only waits for the inner one.
import asyncio


async def inner():
    try:
        await asyncio.sleep(10)
    finally:
        await asyncio.sleep(1.6)  # finding: stuck-shutdown


async def outer():
    await asyncio.create_task(inner())


async def main():
    task = asyncio.create_task(outer())
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


asyncio.run(main())
