# Main waits for tasks, and those for what never comes.
import asyncio


async def stuck(event):
    await event.wait()  # finding: deadlock


async def middle(event):
    await asyncio.shield(asyncio.create_task(stuck(event)))


async def main():
    await asyncio.wait([asyncio.create_task(middle(asyncio.Event()))])


asyncio.run(main())
