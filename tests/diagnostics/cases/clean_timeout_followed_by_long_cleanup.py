# Timeouts end blocks, not tasks: what comes after may take as long as it likes.
import asyncio


async def patient():
    try:
        async with asyncio.timeout(0.05):
            try:
                await asyncio.sleep(10)
            finally:
                await asyncio.sleep(1.3)
    except TimeoutError:
        await asyncio.sleep(0.2)


async def host():
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fails())
            await asyncio.sleep(10)
    except* ValueError:
        await asyncio.sleep(1.4)


async def fails():
    raise ValueError("failed")


async def takes_it_back():
    try:
        await asyncio.sleep(10)
    except asyncio.CancelledError:
        asyncio.current_task().uncancel()
    await asyncio.sleep(1.4)


async def main():
    task = asyncio.create_task(takes_it_back())
    rest = asyncio.gather(patient(), host())
    await asyncio.sleep(0.05)
    task.cancel()
    await rest
    await task


asyncio.run(main())
