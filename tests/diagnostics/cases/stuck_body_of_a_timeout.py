"""The time is up, but the body finishes its work first, however long that takes."""

import asyncio


async def main():
    work = asyncio.create_task(asyncio.sleep(1.6))
    try:
        async with asyncio.timeout(0.05):
            was_cancelled = False
            try:
                await asyncio.shield(work)
            except asyncio.CancelledError:
                was_cancelled = True
            await work  # finding: stuck-shutdown
            if was_cancelled:
                raise asyncio.CancelledError
    except TimeoutError:
        print("late")


asyncio.run(main())
