# gather raises the first failure; the other children go on unattended.
import asyncio


async def fail():
    await asyncio.sleep(0.01)
    raise LookupError("no such shard")


async def main():
    try:
        await asyncio.gather(fail(), asyncio.sleep(30))  # finding: abandoned-task
    except LookupError as error:
        print(error)


asyncio.run(main())
