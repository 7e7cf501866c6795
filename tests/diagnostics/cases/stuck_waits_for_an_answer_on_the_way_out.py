# Cancelled, it says good-bye to somebody who does not answer.
import asyncio


async def session(goodbye):
    try:
        await asyncio.sleep(10)
    except asyncio.CancelledError:
        await goodbye.wait()  # finding: stuck-shutdown
        raise


async def main():
    goodbye = asyncio.Event()
    task = asyncio.create_task(session(goodbye))
    await asyncio.sleep(0.05)
    task.cancel()
    asyncio.get_running_loop().call_later(1.7, goodbye.set)
    await asyncio.wait([task])


asyncio.run(main())
