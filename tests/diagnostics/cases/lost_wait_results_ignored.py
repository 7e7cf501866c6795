# asyncio.wait does not raise: who does not look at `done` learns nothing.
import asyncio


async def job():
    await asyncio.sleep(0.01)
    raise RuntimeError("job failed")  # finding: lost-exception


async def main():
    done, _ = await asyncio.wait([asyncio.create_task(job())])
    print(len(done), "jobs done")


asyncio.run(main())
