"""The host of a task group goes on although a child has failed."""

import asyncio


async def fails():
    await asyncio.sleep(0.02)
    raise ValueError("first")


async def main():
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fails())
            try:
                await asyncio.sleep(1)
            except asyncio.CancelledError:  # finding: swallowed-cancellation
                print("what was that?")
            await asyncio.sleep(0.05)
            print("going on")
    except* ValueError as errors:
        print(errors.exceptions)


asyncio.run(main())
