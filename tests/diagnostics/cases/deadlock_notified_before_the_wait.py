# Nobody waits yet when the condition is notified.
import asyncio


async def notify(ready):
    async with ready:
        ready.notify_all()


async def main():
    ready = asyncio.Condition()
    await notify(ready)
    async with ready:
        await ready.wait()  # finding: deadlock


asyncio.run(main())
