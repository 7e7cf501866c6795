# wait(FIRST_EXCEPTION) looks whether there is an exception; asyncio's own warning is gone then.
import asyncio


async def job():
    await asyncio.sleep(0.01)
    raise RuntimeError("job failed")  # finding: lost-exception


async def main():
    tasks = [asyncio.create_task(job()), asyncio.create_task(asyncio.sleep(0.03))]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    await asyncio.wait(tasks)


asyncio.run(main())
