# Whoever holds the lock waits for a task that wants it.
import asyncio


class Store:
    def __init__(self):
        self.lock = asyncio.Lock()
        self.values = {}

    async def put(self, key, value):
        async with self.lock:  # finding: circular-await
            self.values[key] = value

    async def replace(self, key, value):
        async with self.lock:
            self.values.clear()
            await asyncio.create_task(self.put(key, value))


async def main():
    await Store().replace("a", 1)


asyncio.run(main())
