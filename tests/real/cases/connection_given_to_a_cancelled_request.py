# encode/httpcore#1093: a connection is given to the request that waits for it, which is cancelled
# before it notices. Nobody gets the connection, nobody gives it back: whoever comes next waits for
# ever, although the server is well.
import asyncio
import contextlib

import httpcore

WITHOUT_LIMIT = {"timeout": {"pool": None}}


async def answer(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")
    await writer.drain()
    writer.close()


async def fetch(url):
    async with httpcore.AsyncConnectionPool(max_connections=1) as pool:
        async with pool.stream("GET", url) as first:
            waiting = asyncio.create_task(pool.request("GET", url, extensions=WITHOUT_LIMIT))
            await asyncio.sleep(0.05)
            await first.aread()
        waiting.cancel()  # the only connection is its own by now
        with contextlib.suppress(asyncio.CancelledError):
            await waiting
        print(pool)
        await pool.request("GET", url, extensions=WITHOUT_LIMIT)  # finding: stranded-task


async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        asyncio.create_task(fetch(url))  # finding: abandoned-task
        await asyncio.sleep(1.5)


asyncio.run(main())
