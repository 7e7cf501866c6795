# The tasks hide in objects with __await__.
import asyncio


class Job:
    def __init__(self, work):
        self.task = asyncio.create_task(work())

    def __await__(self):
        return self.task.__await__()


async def main():
    jobs = []

    async def first():
        await jobs[1]

    async def second():
        await jobs[0]  # finding: circular-await

    jobs += [Job(first), Job(second)]
    await jobs[0]


asyncio.run(main())
