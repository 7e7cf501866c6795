"""Eighty connections have data at the same time, and each takes a while to decode it."""

import asyncio
import time


def burn(duration_s):
    end_s = time.thread_time() + duration_s
    while time.thread_time() < end_s:
        sum(range(50))


class Decoder(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        burn(0.004)  # finding: starved-loop
        self.transport.write(data)


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Decoder, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    streams = [await asyncio.open_connection("127.0.0.1", port) for _ in range(80)]
    await asyncio.sleep(0.05)
    for _, writer in streams:
        writer.write(b"frame")
    for reader, _ in streams:
        await reader.readexactly(5)
    for _, writer in streams:
        writer.close()
        await writer.wait_closed()
    server.close()
    await server.wait_closed()


asyncio.run(main())
