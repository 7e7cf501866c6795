# Each thread's loop is judged on its own.
import asyncio
import threading


async def background():
    await asyncio.sleep(30)


async def main():
    asyncio.create_task(background(), name="heartbeat")  # finding: abandoned-task
    await asyncio.sleep(0.01)


thread = threading.Thread(target=lambda: asyncio.run(main()))
thread.start()
thread.join()
