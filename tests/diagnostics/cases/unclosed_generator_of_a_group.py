"""A task group cancels a consumer, or its own body, because another task has failed."""

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


async def numbers():
    number = 0
    while True:
        yield number
        number += 1


async def feed():
    async with asyncio.TaskGroup() as group:
        async for _ in numbers():  # finding: unclosed-generator
            group.create_task(fail())
            await asyncio.sleep(0.005)


async def main():
    try:
        await feed()
    except* ValueError:
        print("failed")
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(consume())
            group.create_task(fail())
    except* ValueError:
        print("failed")
    await asyncio.sleep(0.2)


asyncio.run(main())
