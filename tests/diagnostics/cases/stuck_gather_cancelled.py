# A gather was cancelled; one of its children is slow.
import asyncio


async def child(seconds):
    try:
        await asyncio.sleep(10)
    finally:
        await asyncio.sleep(seconds)  # finding: stuck-shutdown


async def main():
    both = asyncio.gather(child(0.1), child(1.6), return_exceptions=True)
    await asyncio.sleep(0.05)
    both.cancel()
    try:
        await both
    except asyncio.CancelledError:
        print("cancelled")


asyncio.run(main())
