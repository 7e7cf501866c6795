"""A task fails in the body of its loop; whoever started it reads the failure, later."""

import asyncio


async def rows(n=5):
    try:
        for row in range(n):
            await asyncio.sleep(0)
            yield row
    finally:
        await asyncio.sleep(0)


async def consume():
    stream = rows()
    async for row in stream:  # finding: unclosed-generator
        if row == 1:
            raise ValueError(row)


async def main():
    task = asyncio.create_task(consume())
    await asyncio.wait([task])
    try:
        task.result()
    except ValueError as error:
        print(error)
    del task
    await asyncio.sleep(0.1)


asyncio.run(main())
