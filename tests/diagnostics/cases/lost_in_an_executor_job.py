# The future of run_in_executor is dropped, the job fails in its thread.
import asyncio


def crunch(n):
    return 10 // n  # finding: lost-exception


async def main():
    asyncio.get_running_loop().run_in_executor(None, crunch, 0)
    await asyncio.sleep(0.05)


asyncio.run(main())
