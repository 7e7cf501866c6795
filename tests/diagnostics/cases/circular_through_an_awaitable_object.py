# The tasks hide in objects with __await__.
import asyncio


class Job:
    def __init__(self, work):
        self.task = asyncio.create_task(work)

    def __await__(self):
        return self.task.__await__()


async def main():
    jobs = []

    async def work(number):
        await jobs[1 - number]  # finding: circular-await

    jobs += [Job(work(0)), Job(work(1))]
    await jobs[0]


asyncio.run(main())
