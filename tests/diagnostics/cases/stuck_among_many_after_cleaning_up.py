"""In a crowd, a body cleans up when the time is over, which is fine, and then goes on."""

import asyncio


async def transfer():
    async with asyncio.timeout(0.05):
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:  # finding: swallowed-cancellation
            await asyncio.sleep(0.7)
        await asyncio.sleep(1.8)  # finding: stuck-shutdown


async def main():
    crowd = [asyncio.create_task(asyncio.sleep(2.7)) for _ in range(200)]
    await transfer()
    await asyncio.gather(*crowd)


asyncio.run(main())
