# sgl-project/sglang#39689: answers of the engine are handed out by a receive loop, which only
# `generate` starts. Who asks for the engine's state first waits for an answer that nobody reads.
import asyncio
import itertools


class Engine:
    """The process at the other end of the line."""

    def __init__(self):
        self.outbox = asyncio.Queue()

    def send(self, number, request):
        self.outbox.put_nowait((number, f"{request} done"))


class EngineClient:
    def __init__(self):
        self.engine = Engine()
        self.waiting = {}
        self.numbers = itertools.count()
        self.receive_loop = None

    async def receive(self):
        while True:
            number, answer = await self.engine.outbox.get()
            self.waiting.pop(number).set_result(answer)

    async def ask(self, request):
        number = next(self.numbers)
        self.waiting[number] = asyncio.get_running_loop().create_future()
        self.engine.send(number, request)
        return await self.waiting[number]  # finding: stranded-task

    async def generate(self, prompt):
        if self.receive_loop is None:
            self.receive_loop = asyncio.create_task(self.receive())
        return await self.ask(prompt)

    async def state(self):
        return await self.ask("state")


async def show_state():
    print(await EngineClient().state())


async def main():
    asyncio.create_task(show_state())  # finding: abandoned-task
    for _ in range(30):  # the service goes on
        await asyncio.sleep(0.05)


asyncio.run(main())
