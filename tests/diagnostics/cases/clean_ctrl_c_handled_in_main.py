"""main takes Ctrl-C for a request to end, and ends."""

import asyncio
import os
import signal


async def main():
    asyncio.get_running_loop().call_later(0.02, os.kill, os.getpid(), signal.SIGINT)
    try:
        await asyncio.sleep(5)
    except asyncio.CancelledError:
        print("goodbye")


asyncio.run(main())
