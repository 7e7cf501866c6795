# Stages of a pipeline, of which the first waits for the last.
import asyncio

stages = []


async def stage(number):
    await asyncio.sleep(0.01 * number)
    return await stages[(number + 1) % 3]  # finding: circular-await


async def main():
    stages.extend(asyncio.create_task(stage(number)) for number in range(3))
    await asyncio.sleep(0.2)
    print([task.done() for task in stages])


asyncio.run(main())
