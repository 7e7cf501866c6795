# The child waits for an event that its parent sets before it waits for the child.
import asyncio


async def child(go, parent):
    await go.wait()
    return parent.done()


async def main():
    go = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(child(go, asyncio.current_task()))
        await asyncio.sleep(0.3)
        go.set()


asyncio.run(main())
