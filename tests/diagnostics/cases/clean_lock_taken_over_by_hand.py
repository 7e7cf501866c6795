# Taken in one task and released in another, as a lock may be.
import asyncio


async def release_later(lock):
    await asyncio.sleep(0.2)
    lock.release()


async def enter(lock):
    async with lock:
        return "in"


async def main():
    lock = asyncio.Lock()
    await lock.acquire()
    releaser = asyncio.create_task(release_later(lock))
    print(await asyncio.create_task(enter(lock)))
    await releaser


asyncio.run(main())
