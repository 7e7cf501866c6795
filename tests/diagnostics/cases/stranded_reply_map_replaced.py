# The client's own task waits for a reply whose place in the map is gone.
# needs: is_available
import asyncio


class Client:
    def __init__(self):
        self.pending = {}
        self.task = None

    async def call(self, number):
        reply = self.pending[number] = asyncio.get_running_loop().create_future()
        return await reply  # finding: stranded-task

    def start(self):
        self.task = asyncio.create_task(self.call(1))  # finding: abandoned-task

    def reconnect(self):
        self.pending = {}


async def main():
    client = Client()
    client.start()
    await asyncio.sleep(0.05)
    client.reconnect()
    for _ in range(22):
        await asyncio.sleep(0.05)
    print(client.task.done())


asyncio.run(main())
