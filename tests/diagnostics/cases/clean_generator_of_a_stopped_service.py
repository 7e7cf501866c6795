"""The loop is stopped while a task is in its generator; it goes on, and ends, later."""

import asyncio
import contextlib


async def rows():
    try:
        while True:
            yield 1
    finally:
        await asyncio.sleep(0)


async def serve():
    async for _ in rows():
        await asyncio.sleep(10)


loop = asyncio.new_event_loop()
task = loop.create_task(serve())
loop.call_later(0.02, loop.stop)
loop.run_forever()
loop.run_until_complete(loop.shutdown_asyncgens())
task.cancel()
with contextlib.suppress(asyncio.CancelledError):
    loop.run_until_complete(task)
loop.close()
