"""The exception is kept, for the log."""

import asyncio


class Worker:
    error = None

    async def run(self):
        try:
            await asyncio.sleep(1)
        except BaseException as error:  # finding: swallowed-cancellation
            self.error = error
        await asyncio.sleep(0.01)


async def worker():
    job = Worker()
    await job.run()
    return repr(job.error)


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    print(task)


asyncio.run(main())
