# keephq/keep#6552: a service starts its watcher and keeps no reference to the task. asyncio holds
# tasks weakly, and what is notified often holds its listeners weakly as well: the garbage collector
# then takes both, and nothing is watched any more.
import asyncio
import gc
import weakref

listeners = weakref.WeakSet()


class Watcher:
    def __init__(self):
        self.events = asyncio.Queue()
        listeners.add(self)

    async def watch(self):
        while True:
            print("noticed:", await self.events.get())


def notify(event):
    for listener in listeners:
        listener.events.put_nowait(event)


async def start_up():
    asyncio.create_task(Watcher().watch())  # finding: abandoned-task


async def main():
    await start_up()
    await asyncio.sleep(0.01)
    notify("maintenance begins")
    await asyncio.sleep(0.01)
    gc.collect()
    notify("maintenance ends")
    await asyncio.sleep(0.01)


asyncio.run(main())
