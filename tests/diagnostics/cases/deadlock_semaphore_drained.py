# Whoever fails keeps its permit.
import asyncio


async def call(permits, number):
    await permits.acquire()  # finding: deadlock
    await asyncio.sleep(0.001)
    if number % 2:
        raise ValueError(number)
    permits.release()


async def main():
    permits = asyncio.BoundedSemaphore(2)
    for number in range(8):
        try:
            await call(permits, number)
        except ValueError:
            print("failed", number)


asyncio.run(main())
