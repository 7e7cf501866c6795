# asyncio refuses it, and the program goes on; the line is known all the same.
import asyncio


async def wait_for_all():
    for task in asyncio.all_tasks():
        try:
            await task  # finding: circular-await
        except RuntimeError:
            print("refused")


async def main():
    await wait_for_all()


asyncio.run(main())
