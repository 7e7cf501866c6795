# A gather is started and forgotten.
import asyncio


async def part(n):
    await asyncio.sleep(n)


async def main():
    parts = asyncio.gather(part(20), part(30))  # finding: abandoned-task
    await asyncio.sleep(0.01)
    print(parts.done())


asyncio.run(main())
