# Three parties are expected, two come.
import asyncio


async def party(barrier):
    await barrier.wait()  # finding: deadlock


async def main():
    barrier = asyncio.Barrier(3)
    await asyncio.gather(party(barrier), party(barrier))


asyncio.run(main())
