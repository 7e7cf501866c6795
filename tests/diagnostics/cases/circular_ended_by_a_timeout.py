# The timeout hides the circle, and each time costs the whole of it.
import asyncio


async def child(parent):
    try:
        await asyncio.wait_for(asyncio.shield(parent), 0.5)  # finding: circular-await
    except TimeoutError:
        return "late"


async def main():
    print(await asyncio.create_task(child(asyncio.current_task())))


asyncio.run(main())
