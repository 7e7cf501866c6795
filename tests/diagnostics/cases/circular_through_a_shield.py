# The shield protects from a cancellation, not from waiting.
import asyncio


async def flush(owner):
    await asyncio.shield(owner)  # finding: circular-await


async def main():
    await asyncio.create_task(flush(asyncio.current_task()))


asyncio.run(main())
