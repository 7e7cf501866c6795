# Each has what the other wants; the rest of the program goes on.
# needs: is_available
import asyncio


async def transfer(first, second):
    async with first:
        await asyncio.sleep(0.02)
        async with second:  # finding: stranded-task
            pass


def both():
    a, b = asyncio.Lock(), asyncio.Lock()
    asyncio.create_task(transfer(a, b))
    asyncio.create_task(transfer(b, a))


async def main():
    both()
    for _ in range(18):
        await asyncio.sleep(0.05)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()


asyncio.run(main())
