# openai/openai-agents-python#5054: the worker of a tool server hands whatever goes wrong with a
# command to whoever gave it, cancellations of the worker itself included, and works on.
import asyncio


class ToolServer:
    async def connect(self):
        await asyncio.sleep(3600)

    async def cleanup(self):
        print("connection closed")


class Worker:
    def __init__(self, server):
        self.server = server
        self.commands = asyncio.Queue()
        self.task = asyncio.create_task(self.run())

    async def run(self):
        while True:
            command, answer = await self.commands.get()
            if command is None:
                answer.set_result(None)
                return
            try:
                result = await command()
            except BaseException as error:  # finding: swallowed-cancellation
                if not answer.cancelled():
                    answer.set_exception(error)
            else:
                answer.set_result(result)

    async def ask(self, command):
        answer = asyncio.get_running_loop().create_future()
        await self.commands.put((command, answer))
        return await answer


async def main():
    worker = Worker(ToolServer())
    connecting = asyncio.create_task(worker.ask(worker.server.connect))
    await asyncio.sleep(0.05)

    worker.task.cancel()  # the program wants to end
    done, _ = await asyncio.wait([worker.task], timeout=0.2)
    print("worker ended" if done else "worker goes on")

    await asyncio.wait([connecting])
    await worker.ask(None)


asyncio.run(main())
