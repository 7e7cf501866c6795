# asyncio.wait over everything there is.
import asyncio


async def job():
    await asyncio.sleep(0.02)


async def main():
    asyncio.create_task(job())
    try:
        await asyncio.wait(asyncio.all_tasks())  # finding: circular-await
    except RuntimeError:
        print("told")


asyncio.run(main())
