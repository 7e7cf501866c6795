# data_received raises: the connection is closed, the reason goes to the log.
import asyncio


class Parser(asyncio.Protocol):
    def data_received(self, data):
        self.length = int(data)  # finding: lost-exception

    def connection_lost(self, error):
        self.owner.set_result(None)  # finding: lost-exception


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Parser, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(b"not a number")
    await reader.read()
    writer.close()
    await writer.wait_closed()
    server.close()
    await server.wait_closed()


asyncio.run(main())
