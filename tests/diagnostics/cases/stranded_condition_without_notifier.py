# The object with the condition was replaced; the one that waits for it still waits.
# needs: is_available
import asyncio


class Store:
    def __init__(self):
        self.changed = asyncio.Condition()
        self.value = 0


async def wait_for_change(store):
    async with store.changed:
        await store.changed.wait_for(lambda: store.value)  # finding: stranded-task


async def main():
    store = Store()
    watcher = asyncio.create_task(wait_for_change(store))  # finding: abandoned-task
    await asyncio.sleep(0.01)
    store = Store()
    async with store.changed:
        store.value = 1
        store.changed.notify_all()
    for _ in range(22):
        await asyncio.sleep(0.05)
    print(watcher.done())


asyncio.run(main())
