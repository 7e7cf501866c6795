"""The timeout is defeated without any further wait."""

import asyncio


async def poll():
    try:
        await asyncio.sleep(1)
    except asyncio.CancelledError:  # finding: swallowed-cancellation
        return


async def main():
    async with asyncio.timeout(0.02):
        print(await poll())
    await asyncio.sleep(0.02)
    print("nobody knows that it took too long")


asyncio.run(main())
