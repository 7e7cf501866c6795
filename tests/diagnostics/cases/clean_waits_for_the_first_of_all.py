# It waits for itself among others, but needs only the first.
import asyncio


async def job():
    await asyncio.sleep(0.5)


async def main():
    asyncio.create_task(job())
    done, pending = await asyncio.wait(asyncio.all_tasks(), return_when=asyncio.FIRST_COMPLETED)
    print(len(done), len(pending))


asyncio.run(main())
