"""Transports and tasks are finalised by a collection in another thread."""

import asyncio
import gc
import threading
import warnings

warnings.simplefilter("ignore", ResourceWarning)
gc.disable()


async def handle(reader, writer):
    writer.close()


async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.itself = writer
    del writer
    future = asyncio.get_running_loop().create_future()
    future.itself = future
    del future
    await asyncio.sleep(0.01)
    thread = threading.Thread(target=gc.collect)
    thread.start()
    await asyncio.to_thread(thread.join)
    collector = threading.Thread(target=lambda: gc.collect())
    collector.start()
    await asyncio.to_thread(collector.join)
    server.close()
    await server.wait_closed()


asyncio.run(main())
