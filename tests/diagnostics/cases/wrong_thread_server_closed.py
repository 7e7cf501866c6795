"""A signal-like thread closes the server."""

import asyncio
import threading


async def handle(reader, writer):
    writer.close()


async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", 0)

    def shut_down():
        server.close()  # finding: wrong-thread

    thread = threading.Thread(target=shut_down)
    thread.start()
    await asyncio.to_thread(thread.join)


asyncio.run(main())
