# Every way of reading an exception that is not `await task`.
import asyncio
import contextlib


async def fail(delay=0.01):
    await asyncio.sleep(delay)
    raise ValueError("handled")


def look(task):
    print(task.exception())


async def main():
    with contextlib.suppress(ValueError):
        await asyncio.create_task(fail())
    watched = asyncio.create_task(fail())
    watched.add_done_callback(look)
    await asyncio.wait([watched])
    await asyncio.gather(fail(), fail(), return_exceptions=True)
    done, _ = await asyncio.wait([asyncio.create_task(fail()), asyncio.create_task(fail())])
    print([task.exception() for task in done])
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())
            group.create_task(fail())
    except* ValueError as errors:
        print(len(errors.exceptions))
    for result in asyncio.as_completed([fail(), fail()]):
        with contextlib.suppress(ValueError):
            await result
    with contextlib.suppress(ValueError):
        await asyncio.wait_for(fail(), 1)
    with contextlib.suppress(ValueError):
        await asyncio.shield(fail())


asyncio.run(main())
