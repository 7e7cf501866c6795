# An awaitable of the program's own, whose future was dropped by the one who should finish it.
# needs: is_available
import asyncio


class Reply:
    def __init__(self, wanted):
        self.future = asyncio.get_running_loop().create_future()
        wanted.append(self.future)

    def __await__(self):
        value = yield from self.future  # finding: stranded-task
        return value


async def ask(wanted):
    return await Reply(wanted)


async def main():
    wanted = []
    task = asyncio.create_task(ask(wanted))  # finding: abandoned-task
    await asyncio.sleep(0.01)
    wanted.clear()
    for _ in range(22):
        await asyncio.sleep(0.05)
    print(task.done())


asyncio.run(main())
