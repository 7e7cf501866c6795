# The holder waits for a task that does not want the lock; others do.
import asyncio


async def fetch():
    await asyncio.sleep(0.3)


async def use(lock):
    async with lock:
        await asyncio.create_task(fetch())


async def main():
    lock = asyncio.Lock()
    await asyncio.gather(*(use(lock) for _ in range(3)))


asyncio.run(main())
