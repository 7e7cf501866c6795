# The event that is set is not the one that is waited for.
import asyncio


class Gate:
    def __init__(self):
        self.reset()

    def reset(self):
        self.opened = asyncio.Event()

    async def pass_through(self):
        await self.opened.wait()  # finding: deadlock


async def main():
    gate = Gate()
    visitor = asyncio.create_task(gate.pass_through())
    await asyncio.sleep(0)
    gate.reset()
    gate.opened.set()
    await visitor


asyncio.run(main())
