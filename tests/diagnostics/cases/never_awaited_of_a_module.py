"""Made when the module was loaded, and never used."""

import asyncio


async def warm_up():
    await asyncio.sleep(0)


ready = warm_up()  # finding: never-awaited
asyncio.run(asyncio.sleep(0))
