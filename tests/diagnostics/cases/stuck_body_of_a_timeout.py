"""The time is up, but the body finishes its work first, however long that takes."""

import asyncio


async def main():
    try:
        async with asyncio.timeout(0.05):
            try:
                await asyncio.sleep(10)
            finally:
                await asyncio.sleep(1.6)  # finding: stuck-shutdown
    except TimeoutError:
        print("late")


asyncio.run(main())
