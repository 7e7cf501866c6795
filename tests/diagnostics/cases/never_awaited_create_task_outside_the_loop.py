"""create_task() without a running loop raises, and leaves the coroutine behind."""

import asyncio


async def work():
    await asyncio.sleep(0)


def start():
    try:
        asyncio.create_task(work())  # finding: never-awaited
    except RuntimeError as error:
        print(error)


start()
asyncio.run(asyncio.sleep(0))
