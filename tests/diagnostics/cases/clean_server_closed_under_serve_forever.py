# Closing the server cancels what serve_forever waits for.
import asyncio


async def main():
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    serving = asyncio.create_task(server.serve_forever())
    await asyncio.sleep(0.01)
    server.close()
    serving.cancel()
    await asyncio.wait([serving])


asyncio.run(main())
