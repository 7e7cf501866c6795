"""A loop that is closed before its tasks began: the loop's matter, not the coroutine's."""

import asyncio


async def work():
    await asyncio.sleep(0)


loop = asyncio.new_event_loop()
task = loop.create_task(work())
task.cancel()
loop.close()
other = asyncio.new_event_loop()
pending = other.create_task(work())
other.close()
