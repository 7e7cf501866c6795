# The program permits a second to each step.
import asyncio
import time


async def main():
    asyncio.get_running_loop().slow_callback_duration = 1.0
    await asyncio.sleep(0)
    time.sleep(0.2)


asyncio.run(main())
