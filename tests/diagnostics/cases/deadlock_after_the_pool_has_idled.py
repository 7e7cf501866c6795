# Workers of a pool that have nothing to do wake nobody.
import asyncio


async def main():
    numbers = await asyncio.gather(*(asyncio.to_thread(pow, 2, n) for n in range(5)))
    queue = asyncio.Queue()
    for number in numbers:
        queue.put_nowait(number)
    for _ in range(6):
        print(await queue.get())  # finding: deadlock


asyncio.run(main())
