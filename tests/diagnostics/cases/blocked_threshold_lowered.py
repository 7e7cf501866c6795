# The program itself permits only 30 ms.
import asyncio
import time


async def main():
    asyncio.get_running_loop().slow_callback_duration = 0.03
    await asyncio.sleep(0)
    time.sleep(0.5)  # finding: blocked-loop


asyncio.run(main())
