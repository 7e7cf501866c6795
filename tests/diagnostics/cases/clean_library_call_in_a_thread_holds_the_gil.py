# A thread encodes a big document and holds the GIL for long; whatever line the loop waits at is not
# to blame.
# needs: can_see_gil
import asyncio
import json

ROWS = [{"id": n, "name": f"user-{n}", "tags": ["a", str(n)]} for n in range(200_000)]


async def tick(stop):
    while not stop.is_set():
        await asyncio.sleep(0.002)


async def main():
    stop = asyncio.Event()
    ticking = asyncio.create_task(tick(stop))
    for _ in range(3):
        await asyncio.to_thread(json.dumps, ROWS)
    stop.set()
    await ticking


asyncio.run(main())
