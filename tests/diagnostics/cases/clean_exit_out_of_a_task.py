# sys.exit in a task ends the program: that is no lost exception.
import asyncio
import sys


async def quit_soon():
    await asyncio.sleep(0.01)
    sys.exit(0)


async def main():
    task = asyncio.create_task(quit_soon())
    await asyncio.sleep(5)
    print(task)


asyncio.run(main())
