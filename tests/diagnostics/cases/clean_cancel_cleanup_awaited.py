"""Every kind of cleanup, awaited, with the cancellation going on afterwards."""

import asyncio
import contextlib


class Connection:
    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def session():
    try:
        yield
    finally:
        await asyncio.sleep(0.01)


async def worker():
    async with Connection(), session(), asyncio.Lock(), contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(asyncio.sleep, 0.01)
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError as error:
            await asyncio.sleep(0.01)
            raise error
        finally:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(asyncio.sleep(0.05), 0.01)


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    print(task)


asyncio.run(main())
