"""A thread closes a connection of the loop's."""

import asyncio


async def handle(reader, writer):
    await reader.read()
    writer.close()


def hang_up(writer):
    writer.close()  # finding: wrong-thread


async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    await asyncio.to_thread(hang_up, writer)
    await writer.wait_closed()
    server.close()
    await server.wait_closed()


asyncio.run(main())
