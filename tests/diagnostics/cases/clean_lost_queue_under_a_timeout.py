# Nothing will come, but each of them gives up by itself.
import asyncio


async def limited():
    try:
        async with asyncio.timeout(1.0):
            await asyncio.Queue().get()
    except TimeoutError:
        return "limited"


async def waited():
    try:
        await asyncio.wait_for(asyncio.Queue().get(), 1.0)
    except TimeoutError:
        return "waited"


async def grouped():
    try:
        async with asyncio.timeout(1.0), asyncio.TaskGroup() as group:
            group.create_task(asyncio.Queue().get())
    except TimeoutError:
        return "grouped"


async def gathered():
    try:
        async with asyncio.timeout(1.0):
            await asyncio.gather(asyncio.Queue().get(), asyncio.Queue().get())
    except TimeoutError:
        return "gathered"


async def looked_at():
    task = asyncio.create_task(asyncio.Queue().get())
    done, pending = await asyncio.wait([task], timeout=1.0)
    task.cancel()
    return len(pending)


async def main():
    print(await asyncio.gather(limited(), waited(), grouped(), gathered(), looked_at()))


asyncio.run(main())
