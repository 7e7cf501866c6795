# The handler's task is cancelled at shutdown; the stream protocol's own callback trips over that.
import asyncio


async def handle(reader, writer):
    asyncio.current_task().cancel()
    await asyncio.sleep(1)


async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    await asyncio.sleep(0.03)
    writer.close()
    server.close()


asyncio.run(main())
