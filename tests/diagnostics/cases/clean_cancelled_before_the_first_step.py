"""Tasks that never began, and tasks that were done in the same moment."""

import asyncio


async def work():
    try:
        await asyncio.sleep(0)
    except asyncio.CancelledError:
        return "swallowed?"
    return "done"


async def main():
    early = asyncio.create_task(work())
    early.cancel()
    late = asyncio.create_task(work())
    await asyncio.wait([early, late])
    late.cancel()
    print(early, late)


asyncio.run(main())
