"""The outer timeout is defeated inside the inner one, which is not due."""

import asyncio


async def main():
    async with asyncio.timeout(0.02):
        async with asyncio.timeout(5):
            try:
                await asyncio.sleep(1)
            except asyncio.CancelledError:  # finding: swallowed-cancellation
                print("interrupted")
            await asyncio.sleep(0.01)
    async with asyncio.timeout(5):
        await asyncio.sleep(0.01)


asyncio.run(main())
