# asyncio does not see this one.
import asyncio


async def main():
    me = asyncio.current_task()
    await asyncio.shield(me)  # finding: circular-await


asyncio.run(main())
