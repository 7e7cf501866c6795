# The same blocking call, off the loop.
import asyncio
import time


async def main():
    await asyncio.to_thread(time.sleep, 0.25)
    await asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.15)


asyncio.run(main())
