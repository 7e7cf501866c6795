# A sibling fails; the group cancels the other child, which takes its time.
import asyncio


async def slow():
    try:
        await asyncio.sleep(10)
    finally:
        for _ in range(5):
            await asyncio.sleep(0.35)  # finding: stuck-shutdown


async def fails():
    await asyncio.sleep(0.05)
    raise ValueError("failed")


async def main():
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(slow())
            group.create_task(fails())
    except* ValueError as errors:
        print(len(errors.exceptions))


asyncio.run(main())
