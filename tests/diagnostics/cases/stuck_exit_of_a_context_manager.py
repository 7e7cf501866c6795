# The exit of `async with` drains for too long after the cancellation.
import asyncio


class Connection:
    async def __aenter__(self):
        return self

    async def __aexit__(self, *exception):
        await asyncio.sleep(1.6)  # finding: stuck-shutdown


async def talk():
    async with Connection():
        await asyncio.sleep(10)


async def main():
    task = asyncio.create_task(talk())
    await asyncio.sleep(0.05)
    task.cancel("closing down")
    await asyncio.wait([task])


asyncio.run(main())
