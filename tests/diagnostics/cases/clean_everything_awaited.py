# The same shapes, with somebody who waits.
import asyncio


async def part(n):
    await asyncio.sleep(n / 100)
    return n


async def main():
    tasks = [asyncio.create_task(part(n)) for n in range(3)]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    async with asyncio.TaskGroup() as group:
        group.create_task(part(1))
    print(len(done), await asyncio.wait_for(part(2), 1), await asyncio.shield(part(1)))


asyncio.run(main())
