# The job polls, and nobody tells it to stop when the loop is closed.
import asyncio
import time


def poll(rounds):
    for _ in range(rounds):
        time.sleep(0.1)  # finding: stuck-shutdown


async def main():
    job = asyncio.get_running_loop().run_in_executor(None, poll, 18)
    await asyncio.sleep(0.05)
    job.cancel()


asyncio.run(main())
