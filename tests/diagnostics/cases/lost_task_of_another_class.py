# Tasks that are not the loop's own kind: asyncio's C task, and a subclass by way of a task factory.
import asyncio


class Task(asyncio.Task):
    pass


async def fail(what):
    raise ValueError(what)  # finding: lost-exception


async def fail_too(what):
    raise TypeError(what)  # finding: lost-exception


async def main():
    loop = asyncio.get_running_loop()
    asyncio.Task(fail("by hand"))
    loop.set_task_factory(lambda loop, coroutine, **more: Task(coroutine, loop=loop, **more))
    asyncio.create_task(fail_too("by a factory"))
    await asyncio.sleep(0.01)


asyncio.run(main())
