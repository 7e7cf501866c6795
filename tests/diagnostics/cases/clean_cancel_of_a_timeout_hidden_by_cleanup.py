"""A failing cleanup hides a timeout, and is handled."""

import asyncio


class Failed(Exception):
    pass


async def op():
    try:
        await asyncio.sleep(1)
    finally:
        raise Failed


async def main():
    try:
        async with asyncio.timeout(0.02):
            await op()
    except Failed:
        print("failed")
    await asyncio.sleep(0.01)


asyncio.run(main())
