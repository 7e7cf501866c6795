# wait_for without a timeout is a plain await.
import asyncio


async def child(parent):
    await asyncio.wait_for(parent, None)  # finding: circular-await


async def main():
    await asyncio.wait_for(asyncio.create_task(child(asyncio.current_task())), None)


asyncio.run(main())
