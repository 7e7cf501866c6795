# One party fails before it comes to the barrier.
# needs: is_available
import asyncio


async def party(barrier, number):
    await asyncio.sleep(number / 50)
    if number == 2:
        return
    await barrier.wait()  # finding: stranded-task


def start():
    barrier = asyncio.Barrier(3)
    return [
        asyncio.create_task(party(barrier, number))  # finding: abandoned-task
        for number in range(3)
    ]


async def main():
    parties = start()
    for _ in range(22):
        await asyncio.sleep(0.05)
    print([party.done() for party in parties])


asyncio.run(main())
