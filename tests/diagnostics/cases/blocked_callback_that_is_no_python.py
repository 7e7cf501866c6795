# The callbacks are a C function and one of the standard library's: all there is are the lines that
# registered them.
import asyncio
import subprocess
import time


async def main():
    loop = asyncio.get_running_loop()
    loop.call_later(0.01, time.sleep, 0.5)  # finding: blocked-loop
    loop.call_soon(subprocess.call, ["sleep", "0.5"])  # finding: blocked-loop
    await asyncio.sleep(0.05)


asyncio.run(main())
