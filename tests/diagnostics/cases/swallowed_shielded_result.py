"""What is shielded is waited for, and the cancellation forgotten."""

import asyncio


async def commit():
    await asyncio.sleep(0.05)
    return "committed"


async def worker():
    saving = asyncio.ensure_future(commit())
    try:
        result = await asyncio.shield(saving)
    except asyncio.CancelledError:  # finding: swallowed-cancellation
        result = await saving
    return result


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    print(task)


asyncio.run(main())
