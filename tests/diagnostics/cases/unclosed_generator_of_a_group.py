"""A task group cancels the consumer, because another task has failed; main goes on."""

import asyncio


async def rows():
    try:
        while True:
            yield 1
    finally:
        await asyncio.sleep(0)


async def consume():
    async for _ in rows():  # finding: unclosed-generator
        await asyncio.sleep(10)


async def fail():
    await asyncio.sleep(0.01)
    raise ValueError


async def main():
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(consume())
            group.create_task(fail())
    except* ValueError:
        print("failed")
    await asyncio.sleep(0.2)


asyncio.run(main())
