"""A timer cancels the main task of a loop made by hand."""

import asyncio


async def worker():
    try:
        await asyncio.sleep(1)
    except asyncio.CancelledError:  # finding: swallowed-cancellation
        return 5


loop = asyncio.new_event_loop()
t = loop.create_task(worker())
loop.call_later(0.02, t.cancel)
print(loop.run_until_complete(t))
loop.close()
