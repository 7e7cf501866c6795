# In debug mode the loop knows its tasks in another way.
import asyncio


async def stuck(event):
    await event.wait()  # finding: deadlock


async def main():
    await asyncio.create_task(stuck(asyncio.Event()))


asyncio.run(main(), debug=True)
