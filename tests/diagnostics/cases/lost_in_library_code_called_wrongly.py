# The traceback has no line of the program's: the line that created the task is the one to look at.
import asyncio


async def main():
    work = asyncio.sleep
    asyncio.create_task(asyncio.wait_for(work(1), "x"))  # finding: lost-exception, never-awaited
    await asyncio.sleep(0.05)


asyncio.run(main())
