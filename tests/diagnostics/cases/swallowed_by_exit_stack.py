"""suppress(), entered by way of an ExitStack."""

import asyncio
import contextlib


async def worker():
    with contextlib.ExitStack() as stack:  # finding: swallowed-cancellation
        stack.enter_context(contextlib.suppress(asyncio.CancelledError))
        await asyncio.sleep(1)
    await asyncio.sleep(0.01)


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    print(task)


asyncio.run(main())
