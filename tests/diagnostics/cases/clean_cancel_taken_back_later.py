"""uncancel() comes when the handler is over, some awaits later."""

import asyncio


async def worker():
    stop = False
    while not stop:
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            stop = True
    await asyncio.sleep(0.01)
    while asyncio.current_task().uncancel():
        pass
    return "stopped"


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    print(task)


asyncio.run(main())
