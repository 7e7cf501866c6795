"""wait_for() cannot end what finishes its work first."""

import asyncio


async def save():
    work = asyncio.create_task(asyncio.sleep(1.6))
    was_cancelled = False
    try:
        await asyncio.shield(work)
    except asyncio.CancelledError:
        was_cancelled = True
    await work  # finding: stuck-shutdown
    if was_cancelled:
        raise asyncio.CancelledError


async def main():
    try:
        await asyncio.wait_for(save(), 0.05)
    except TimeoutError:
        print("late")


asyncio.run(main())
