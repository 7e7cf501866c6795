# Inside the condition's block, and not in its wait(): the lock is held.
import asyncio


async def notify(ready):
    async with ready:  # finding: circular-await
        ready.notify_all()


async def main():
    ready = asyncio.Condition()
    async with ready:
        await asyncio.gather(notify(ready))


asyncio.run(main())
