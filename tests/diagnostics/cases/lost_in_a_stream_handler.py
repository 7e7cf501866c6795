# The handler of a stream server fails on a bad request.
import asyncio


async def handle(reader, writer):
    try:
        int(await reader.readline())  # finding: lost-exception
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(b"nonsense\n")
    await reader.read()
    writer.close()
    await writer.wait_closed()
    server.close()
    await asyncio.sleep(0.02)


asyncio.run(main())
