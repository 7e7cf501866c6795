# The map of waiters is a global variable; somebody will look into it in the end.
import asyncio

waiters = {}


async def ask(number):
    waiters[number] = asyncio.get_running_loop().create_future()
    return await waiters[number]


async def main():
    tasks = [asyncio.create_task(ask(number)) for number in range(3)]
    for _ in range(18):
        await asyncio.sleep(0.05)
    for number, future in waiters.items():
        future.set_result(number)
    print(await asyncio.gather(*tasks))


asyncio.run(main())
