# Nothing but a process of asyncio's own is alive.
import asyncio
import sys


async def main():
    program = "import time; time.sleep(0.6)"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program)
    print(await process.wait())


asyncio.run(main())
