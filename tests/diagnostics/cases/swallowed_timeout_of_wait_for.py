"""wait_for() gets a result although the time was up."""

import asyncio


async def poll():
    try:
        await asyncio.sleep(1)
    except asyncio.CancelledError:  # finding: swallowed-cancellation
        return "too late"


async def main():
    print(await asyncio.wait_for(poll(), 0.02))


asyncio.run(main())
