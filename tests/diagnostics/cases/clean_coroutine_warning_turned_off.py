"""Who asks by name not to hear of coroutines that are never awaited, does not."""

import asyncio
import warnings

warnings.filterwarnings("ignore", message="coroutine '.*' was never awaited")


async def probe():
    await asyncio.sleep(0)


async def main():
    probe()


asyncio.run(main())
