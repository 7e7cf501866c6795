# A pending call is failed on disconnect; its caller has gone. The exception was never raised: the
# line that gives it to the future is all there is.
import asyncio


class Client:
    def __init__(self, loop):
        self.reply = loop.create_future()

    def disconnect(self):
        self.reply.set_exception(ConnectionError("peer gone"))  # finding: lost-exception


async def main():
    client = Client(asyncio.get_running_loop())
    client.disconnect()
    del client
    await asyncio.sleep(0.01)


asyncio.run(main())
