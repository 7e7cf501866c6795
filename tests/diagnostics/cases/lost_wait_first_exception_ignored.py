# wait(FIRST_EXCEPTION) looks at the exception to see that there is one; asyncio's own warning is gone.
import asyncio


async def job():
    await asyncio.sleep(0.01)
    raise RuntimeError("job failed")  # finding: lost-exception


async def main():
    tasks = [asyncio.create_task(job()), asyncio.create_task(asyncio.sleep(0.03))]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    await asyncio.wait(tasks)


asyncio.run(main())
