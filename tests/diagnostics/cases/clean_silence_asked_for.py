# Libraries mark a future as not worth a report; that wish holds.
import asyncio


async def fail():
    raise ValueError("irrelevant")


async def main():
    task = asyncio.create_task(fail())
    task._log_traceback = False
    await asyncio.sleep(0.01)
    task._log_traceback = False
    future = asyncio.get_running_loop().create_future()
    future.set_exception(ValueError("irrelevant"))
    future._log_traceback = False


asyncio.run(main())
