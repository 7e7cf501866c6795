# An error path keeps the semaphore, and the last request waits for it.
# needs: is_available
import asyncio


async def request(slots, number):
    await slots.acquire()  # finding: stranded-task
    await asyncio.sleep(0.01)
    if number == 0:
        return
    slots.release()


async def main():
    slots = asyncio.Semaphore(1)
    await request(slots, 0)
    last = asyncio.create_task(request(slots, 1))  # finding: abandoned-task
    await asyncio.sleep(0)
    del slots
    for _ in range(22):
        await asyncio.sleep(0.05)
    print(last.done())


asyncio.run(main())
