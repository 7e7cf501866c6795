# The coroutine is the standard library's, the task is the program's.
import asyncio


async def main():
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    serving = asyncio.create_task(server.serve_forever())  # finding: abandoned-task
    await asyncio.sleep(0.01)
    print(serving.done())


asyncio.run(main())
