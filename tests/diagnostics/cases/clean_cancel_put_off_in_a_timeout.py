"""The time is up in the middle of work that is finished first; then the timeout has its way."""

import asyncio


async def save():
    work = asyncio.create_task(asyncio.sleep(0.1))
    was_cancelled = False
    try:
        await asyncio.shield(work)
    except asyncio.CancelledError:
        was_cancelled = True
    await work
    if was_cancelled:
        raise asyncio.CancelledError


async def main():
    try:
        async with asyncio.timeout(0.02):
            await save()
    except TimeoutError:
        print("late")
    try:
        await asyncio.wait_for(save(), 0.02)
    except TimeoutError:
        print("late again")


asyncio.run(main())
