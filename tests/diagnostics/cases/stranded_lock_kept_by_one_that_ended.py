# The first visitor returns early and keeps the lock; the second waits for it.
# needs: is_available
import asyncio


async def visit(lock, seconds):
    await lock.acquire()  # finding: stranded-task
    await asyncio.sleep(seconds)
    if seconds < 0.1:
        return
    lock.release()


def two_visits():
    lock = asyncio.Lock()
    return [
        asyncio.create_task(visit(lock, 0.01)),
        asyncio.create_task(visit(lock, 0.2)),  # finding: abandoned-task
    ]


async def main():
    visits = two_visits()
    for _ in range(22):
        await asyncio.sleep(0.05)
    print([visit.done() for visit in visits])


asyncio.run(main())
