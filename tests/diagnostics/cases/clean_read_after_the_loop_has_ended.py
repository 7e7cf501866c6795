# The exceptions are looked at when the loop is long gone.
import asyncio

tasks = []


async def fail():
    raise ValueError("later")


async def main():
    tasks.append(asyncio.create_task(fail()))
    await asyncio.sleep(0.01)


asyncio.run(main())
print(tasks[0].exception())
