"""Connecting by name needs a worker too."""

import asyncio
import concurrent.futures
import time


async def handle(reader, writer):
    writer.close()


async def main():
    loop = asyncio.get_running_loop()
    loop.set_default_executor(concurrent.futures.ThreadPoolExecutor(1))
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    job = loop.run_in_executor(None, time.sleep, 0.4)
    _, writer = await asyncio.open_connection("localhost", port)  # finding: saturated-executor
    writer.close()
    await job
    server.close()
    await server.wait_closed()


asyncio.run(main())
