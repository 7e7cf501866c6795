# The loop's own shutdown cancels it, and it goes on for a while.
import asyncio


async def monitor():
    for _ in range(20):
        try:
            await asyncio.sleep(0.1)  # finding: stuck-shutdown
        except asyncio.CancelledError:  # finding: swallowed-cancellation
            pass


async def main():
    task = asyncio.create_task(monitor())  # finding: abandoned-task
    await asyncio.sleep(0.05)
    print(task.done())


asyncio.run(main())
