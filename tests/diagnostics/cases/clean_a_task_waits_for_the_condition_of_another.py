# The consumer is in the condition's block, a task of its own waits, and a third took the lock by
# hand: before 3.12 that is how wait_for() has it whose time is over.
import asyncio
import contextlib


async def consume(ready):
    async with ready:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.create_task(ready.wait()), 0.05)


async def main():
    ready = asyncio.Condition()
    consumer = asyncio.create_task(consume(ready))
    for _ in range(3):
        await asyncio.sleep(0)
    await ready.acquire()
    try:
        await asyncio.sleep(0.5)
    finally:
        ready.release()
    await consumer


asyncio.run(main())
