# "Serve for ever", until whoever started it has had enough.
import asyncio


async def serve():
    await asyncio.Future()


async def main():
    task = asyncio.create_task(serve())
    await asyncio.sleep(0.6)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("served")


asyncio.run(main())
