"""gather(return_exceptions=True) is cancelled as a whole."""

import asyncio


async def child():
    await asyncio.sleep(0.5)


async def worker():
    try:
        return await asyncio.gather(child(), child(), return_exceptions=True)
    except BaseException as e:  # finding: swallowed-cancellation
        return repr(e)


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    print(await asyncio.gather(task, return_exceptions=True))


asyncio.run(main())
