# Many tasks wait for one; one waits for many.
import asyncio


async def compute():
    await asyncio.sleep(0.2)
    return 42


async def use(shared):
    return await asyncio.shield(shared)


async def main():
    shared = asyncio.create_task(compute())
    users = [asyncio.create_task(use(shared)) for _ in range(20)]
    for user in asyncio.as_completed(users):
        await user
    print(await asyncio.gather(shared, *users))


asyncio.run(main())
