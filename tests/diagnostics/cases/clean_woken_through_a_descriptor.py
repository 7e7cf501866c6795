# A reader callback, and a stream, are all that know what is waited for.
import asyncio
import os


async def wait_for(future):
    return await future


def watch(loop, fd):
    future = loop.create_future()

    def readable():
        loop.remove_reader(fd)
        future.set_result(os.read(fd, 10))

    loop.add_reader(fd, readable)
    return asyncio.create_task(wait_for(future))


async def read_stream(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return line


async def answer_late(reader, writer):
    await asyncio.sleep(0.9)
    writer.write(b"late\n")
    await writer.drain()
    writer.close()


async def main():
    loop = asyncio.get_running_loop()
    receiver, sender = os.pipe()
    server = await asyncio.start_server(answer_late, "127.0.0.1", 0)
    tasks = [
        watch(loop, receiver),
        asyncio.create_task(read_stream(server.sockets[0].getsockname()[1])),
    ]
    await asyncio.sleep(1.0)
    os.write(sender, b"hello")
    print(await asyncio.gather(*tasks))
    server.close()
    await server.wait_closed()


asyncio.run(main())
