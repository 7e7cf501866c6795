"""The host tidies up when its task group has failed."""

import asyncio


async def fails():
    await asyncio.sleep(0.02)
    raise ValueError("first")


async def main():
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fails())
            group.create_task(asyncio.sleep(1))
            try:
                await asyncio.sleep(1)
            except asyncio.CancelledError:
                print("tidying up")
    except* ValueError as errors:
        print(errors.exceptions)


asyncio.run(main())
