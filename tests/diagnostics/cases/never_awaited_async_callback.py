"""An async function is given to call_later, as a done-callback and to a thread."""

import asyncio


async def tick():  # finding: never-awaited
    await asyncio.sleep(0)


async def log(task):  # finding: never-awaited
    print(task)


async def crunch():  # finding: never-awaited
    return 1


async def main():
    loop = asyncio.get_running_loop()
    loop.call_later(0.01, tick)
    loop.call_soon(tick)
    task = asyncio.create_task(asyncio.sleep(0))
    task.add_done_callback(log)
    await task
    await loop.run_in_executor(None, crunch)
    await asyncio.sleep(0.03)


asyncio.run(main())
