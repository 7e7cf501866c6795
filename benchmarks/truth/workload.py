"""A fixed piece of honest asyncio work, to be run under a tool; it prints the CPU time it took.

Tasks, queues, timers, sleeps and a loopback stream, about as a small service would use them. It is
a program, not a module: nothing of the benchmarks is imported.
"""

import asyncio
import json
import time

TASKS = 20_000
CROWD = 100
SWITCHES = 200
MESSAGES = 10_000
TIMERS = 5_000
REQUESTS = 2_000


async def nothing():
    pass


async def switch():
    for _ in range(SWITCHES):
        await asyncio.sleep(0)


async def pass_on(source, target):
    for _ in range(MESSAGES):
        await target.put(await source.get())


async def queues():
    there, back = asyncio.Queue(1), asyncio.Queue(1)
    partner = asyncio.create_task(pass_on(there, back))
    for number in range(MESSAGES):
        await there.put(number)
        await back.get()
    await partner


async def answer(reader, writer):
    while line := await reader.readline():
        writer.write(line)
        await writer.drain()
    writer.close()


async def requests():
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        for _ in range(REQUESTS):
            writer.write(b"how are you?\n")
            await asyncio.wait_for(reader.readline(), 10)
        writer.close()
        await writer.wait_closed()


async def main():
    began_ns = time.process_time_ns()
    for _ in range(TASKS):
        await asyncio.create_task(nothing())
    await asyncio.gather(*(switch() for _ in range(CROWD)))
    await queues()
    loop = asyncio.get_running_loop()
    for timer in [loop.call_later(60, print) for _ in range(TIMERS)]:
        timer.cancel()
    await asyncio.gather(*(asyncio.sleep(number / 1e5) for number in range(TIMERS)))
    await requests()
    print(json.dumps({"cpu_ns": time.process_time_ns() - began_ns}))


asyncio.run(main())
