# The traceback has no line of the program's: the line that created the task is the one to look at.
import asyncio


async def main():
    asyncio.create_task(asyncio.wait_for(asyncio.sleep(0.01), "soon"))  # finding: lost-exception
    await asyncio.sleep(0.05)


asyncio.run(main())
