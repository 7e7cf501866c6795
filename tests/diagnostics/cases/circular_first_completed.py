# Whichever comes first; but each of them waits for the one who asks.
import asyncio


async def racer(judge):
    await judge  # finding: circular-await


async def main():
    judge = asyncio.current_task()
    racers = [asyncio.create_task(racer(judge)) for _ in range(2)]
    await asyncio.wait(racers, return_when=asyncio.FIRST_COMPLETED)


asyncio.run(main())
