"""A task group cancels the sibling of a failed task."""

import asyncio


async def fails():
    await asyncio.sleep(0.02)
    raise ValueError("first")


async def sibling():
    try:
        await asyncio.sleep(1)
    except asyncio.CancelledError:  # finding: swallowed-cancellation
        print("no")
    await asyncio.sleep(0.01)


async def main():
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fails())
            group.create_task(sibling())
    except* ValueError as errors:
        print(errors.exceptions)


asyncio.run(main())
