# A far-off timer is armed: something will happen, if late.
import asyncio


async def main():
    loop = asyncio.get_running_loop()
    event = asyncio.Event()
    loop.call_later(1.2, event.set)
    await event.wait()


asyncio.run(main())
