# Nobody holds the visitors; the gate they wait at was replaced.
# needs: is_available
import asyncio


class Gate:
    def __init__(self):
        self.event = asyncio.Event()


async def visit(gate):
    await gate.event.wait()  # finding: stranded-task


async def main():
    gate = Gate()
    for _ in range(3):
        asyncio.create_task(visit(gate))
    await asyncio.sleep(0)
    gate = Gate()
    gate.event.set()
    for _ in range(18):
        await asyncio.sleep(0.05)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()


asyncio.run(main())
