"""Ten thousand tasks, none of which computes."""

import asyncio


async def wait_a_little(number):
    await asyncio.sleep(0.001 * (number % 50))
    await asyncio.sleep(0)


async def main():
    await asyncio.gather(*(wait_a_little(number) for number in range(10_000)))


asyncio.run(main())
