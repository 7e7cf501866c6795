"""A child of a gather that is cancelled."""

import asyncio


async def child():
    try:
        await asyncio.sleep(1)
    except asyncio.CancelledError:  # finding: swallowed-cancellation
        return "never mind"


async def main():
    both = asyncio.gather(child(), asyncio.sleep(1), return_exceptions=True)
    await asyncio.sleep(0.02)
    both.cancel()
    try:
        await both
    except asyncio.CancelledError:
        print("cancelled")


asyncio.run(main())
