# The first answer is enough; the slower replica goes on unattended.
import asyncio


async def ask(delay):
    await asyncio.sleep(delay)
    return delay


async def main():
    for answer in asyncio.as_completed([ask(0.01), ask(30)]):  # finding: abandoned-task
        print(await answer)
        break


asyncio.run(main())
