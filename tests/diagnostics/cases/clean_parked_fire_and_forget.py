# Nobody holds the parked task; all tasks are cancelled in the end.
import asyncio
import contextlib


async def serve():
    async with contextlib.AsyncExitStack():
        await asyncio.Event().wait()


async def main():
    asyncio.create_task(serve())
    await asyncio.sleep(1.2)
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.wait(rest)


asyncio.run(main())
