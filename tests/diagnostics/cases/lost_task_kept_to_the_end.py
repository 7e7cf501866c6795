# The task is kept in a global set, against garbage collection; nobody ever looks into the set.
import asyncio

background = set()


async def refresh():
    await asyncio.sleep(0.01)
    return {}["token"]  # finding: lost-exception


async def main():
    background.add(asyncio.create_task(refresh()))
    await asyncio.sleep(0.05)


asyncio.run(main())
