"""An AsyncMock stands for a writer whose close() is no coroutine function."""

import asyncio
from unittest.mock import AsyncMock


async def bye(writer):
    writer.close()
    await writer.wait_closed()


asyncio.run(bye(AsyncMock()))
