# The loop of another thread is judged on its own.
import asyncio
import threading


async def child(parent):
    await parent  # finding: circular-await


async def main():
    try:
        await asyncio.create_task(child(asyncio.current_task()))
    except RuntimeError:
        print("told")


thread = threading.Thread(target=lambda: asyncio.run(main()))
thread.start()
thread.join()
