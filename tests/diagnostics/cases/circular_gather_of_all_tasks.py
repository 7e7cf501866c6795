# Draining forgets that the drainer is a task too; nothing else has to be left.
import asyncio


async def job():
    await asyncio.sleep(0.02)


async def drain():
    await asyncio.gather(*asyncio.all_tasks(), return_exceptions=True)  # finding: circular-await


async def main():
    asyncio.create_task(job())
    await drain()


asyncio.run(main())
