# A handler of the stream server is busy when the program ends: the server made its task, not the
# program.
import asyncio


async def handle(reader, writer):
    await reader.readline()
    await asyncio.sleep(30)
    writer.write(b"done\n")


async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(b"go\n")
    await asyncio.sleep(0.05)
    server.close()


asyncio.run(main())
