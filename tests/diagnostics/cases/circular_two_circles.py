# Two pairs, each a finding of its own.
import asyncio

tasks = {}


async def a():
    await asyncio.shield(tasks["b"])  # finding: circular-await


async def b():
    await asyncio.wait([tasks["a"]])


async def c():
    await tasks["d"]  # finding: circular-await


async def d():
    await asyncio.wait([tasks["c"]])


async def main():
    for work in (a, b, c, d):
        tasks[work.__name__] = asyncio.create_task(work())
    await asyncio.gather(*tasks.values(), return_exceptions=True)


asyncio.run(main())
