# An idle server; the client comes from another process.
import asyncio
import subprocess
import sys

CLIENT = """
import socket, sys, time
time.sleep(0.5)
socket.create_connection(("127.0.0.1", int(sys.argv[1]))).close()
"""


async def main():
    visited = asyncio.Event()

    async def handle(reader, writer):
        writer.close()
        visited.set()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = subprocess.Popen([sys.executable, "-c", CLIENT, str(port)])
    await visited.wait()
    server.close()
    await server.wait_closed()
    client.wait()


asyncio.run(main())
