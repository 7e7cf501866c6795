# A task that fails in its first step, which it makes at once where Python can do that (3.12).
import asyncio


async def fail():
    raise ValueError("at once")  # finding: lost-exception


async def main():
    loop = asyncio.get_running_loop()
    loop.set_task_factory(getattr(asyncio, "eager_task_factory", None))
    asyncio.create_task(fail())
    await asyncio.sleep(0.01)


asyncio.run(main())
