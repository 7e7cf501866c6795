"""A timeout never sees its cancellation, but an error of the application."""

import asyncio


class Failed(Exception):
    pass


async def op():
    try:
        await asyncio.sleep(1)
    except asyncio.CancelledError as e:  # finding: swallowed-cancellation
        raise Failed from e


async def main():
    try:
        async with asyncio.timeout(0.02):
            await op()
    except Failed:
        print("failed")


asyncio.run(main())
