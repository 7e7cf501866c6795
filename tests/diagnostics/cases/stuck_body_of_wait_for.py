"""wait_for() cannot end what cleans up for longer than it was to take."""

import asyncio


async def save():
    try:
        await asyncio.sleep(10)
    finally:
        await asyncio.sleep(1.6)  # finding: stuck-shutdown


async def main():
    try:
        await asyncio.wait_for(save(), 0.05)
    except TimeoutError:
        print("late")


asyncio.run(main())
