# The factory fails when a connection comes in; asyncio is silent about that outside debug mode.
import asyncio


def factory():
    raise LookupError("no handler")  # finding: lost-exception


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(factory, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    await reader.read()
    writer.close()
    await writer.wait_closed()
    server.close()
    await asyncio.sleep(0.01)


asyncio.run(main())
