"""What returns when the loop shuts down keeps nobody waiting."""

import asyncio


async def ticker():
    try:
        while True:
            await asyncio.sleep(0.01)
    except asyncio.CancelledError:
        print("ticker stops")


async def main():
    task = asyncio.create_task(ticker())
    await asyncio.sleep(0.03)
    raise LookupError(task.get_name())


try:
    asyncio.run(main())
except LookupError as error:
    print("ended by", repr(error))
