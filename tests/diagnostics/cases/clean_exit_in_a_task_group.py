# SystemExit of a child ends the program; the group that main raises at shutdown has nothing new.
import asyncio


async def child():
    raise SystemExit(5)


async def main():
    async with asyncio.TaskGroup() as group:
        group.create_task(child())
        await asyncio.sleep(9)


asyncio.run(main())
