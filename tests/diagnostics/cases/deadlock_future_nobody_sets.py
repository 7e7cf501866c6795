# A reply that is looked for under another key.
import asyncio


class Client:
    def __init__(self):
        self.pending = {}

    async def call(self, key):
        self.pending[key] = asyncio.get_running_loop().create_future()
        return await self.pending[key]  # finding: deadlock

    def reply(self, key):
        if key in self.pending:
            self.pending[key].set_result(None)


async def main():
    client = Client()
    asyncio.get_running_loop().call_later(0.05, client.reply, "1")
    await client.call(1)


asyncio.run(main())
