# A plain callback, not a task.
import asyncio
import subprocess


def probe():
    subprocess.run(["sleep", "0.5"], check=True)  # finding: blocked-loop


async def main():
    asyncio.get_running_loop().call_later(0.01, probe)
    await asyncio.sleep(0.1)


asyncio.run(main())
