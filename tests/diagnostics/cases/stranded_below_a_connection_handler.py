# needs: is_available
"""The handler of a connection waits in a task group for a child that nobody can wake."""

import asyncio


async def half(barrier):
    await barrier.wait()  # finding: stranded-task


async def handle(reader, writer):
    await reader.readline()
    async with asyncio.TaskGroup() as group:
        group.create_task(half(asyncio.Barrier(2)))


async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(b"go\n")
    for _ in range(30):  # the program goes on
        await asyncio.sleep(0.05)
    writer.close()
    server.close()


asyncio.run(main())
