# What is left open by the error is not the program's own doing.
import asyncio


async def numbers():
    for number in range(3):
        await asyncio.sleep(0)
        yield number


async def main():
    event = asyncio.Event()
    async for number in numbers():
        print(number)
        await event.wait()  # finding: deadlock


asyncio.run(main())
