# FIRST_EXCEPTION as it is meant: the one that failed is looked at, the others are cancelled.
import asyncio


async def fail():
    await asyncio.sleep(0.01)
    raise ValueError("one")


async def main():
    tasks = [asyncio.create_task(fail()), asyncio.create_task(asyncio.sleep(30))]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    for task in pending:
        task.cancel()
    await asyncio.wait(pending)
    for task in done:
        print(task.exception())


asyncio.run(main())
