# The handler of a signal cancels main, which is slow to leave.
import asyncio
import os
import signal


async def main():
    task = asyncio.current_task()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, task.cancel)
    os.kill(os.getpid(), signal.SIGUSR1)
    try:
        await asyncio.sleep(10)
    finally:
        await asyncio.sleep(1.6)  # finding: stuck-shutdown


try:
    asyncio.run(main())
except asyncio.CancelledError:
    print("ended")
