# An early return leaves the lock taken.
import asyncio


async def step(lock, number):
    await lock.acquire()  # finding: deadlock
    if number == 0:
        return
    lock.release()


async def main():
    lock = asyncio.Lock()
    for number in range(2):
        await step(lock, number)


asyncio.run(main())
