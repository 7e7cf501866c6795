# The process was waited for, and its end wakes nobody.
import asyncio
import subprocess
import sys


async def main():
    ended = asyncio.Event()
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    asyncio.get_running_loop().call_later(0.1, child.poll)
    await ended.wait()  # finding: deadlock


asyncio.run(main())
