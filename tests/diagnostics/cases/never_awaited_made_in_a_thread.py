"""A worker thread calls the async function; it has no loop to run it."""

import asyncio
import threading


async def save(row):
    await asyncio.sleep(0)


def work():
    save(1)  # finding: never-awaited


async def main():
    thread = threading.Thread(target=work)
    thread.start()
    await asyncio.to_thread(thread.join)


asyncio.run(main())
