# More tasks than the kernel follows at an await.
import asyncio

stages = []


async def stage(number):
    await stages[(number + 1) % 100]  # finding: circular-await


async def main():
    stages.extend(asyncio.create_task(stage(number)) for number in range(100))
    await stages[7]


asyncio.run(main())
