"""The task ignores its cancellation until the program ends."""

import asyncio


async def poll():
    while True:
        try:
            await asyncio.sleep(0.01)
        except asyncio.CancelledError:  # finding: swallowed-cancellation
            pass


async def main():
    global task
    task = asyncio.create_task(poll())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.sleep(0.03)


loop = asyncio.new_event_loop()
loop.run_until_complete(main())
