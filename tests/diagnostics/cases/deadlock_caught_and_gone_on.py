# The program handles the error as any other, and may come to a standstill elsewhere.
import asyncio


async def main():
    queue = asyncio.Queue()
    for _ in range(2):
        try:
            await queue.get()  # finding: deadlock
        except RuntimeError:
            print("told")
    try:
        await asyncio.Event().wait()  # finding: deadlock
    except RuntimeError:
        print("told again")


asyncio.run(main())
