"""A result that has come already is not thrown away."""

import asyncio


async def worker():
    fut = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0.02, fut.set_result, 1)
    try:
        return await fut
    except asyncio.CancelledError:
        if fut.done() and not fut.cancelled():
            return fut.result()
        raise


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    print(await asyncio.gather(task, return_exceptions=True))


asyncio.run(main())
