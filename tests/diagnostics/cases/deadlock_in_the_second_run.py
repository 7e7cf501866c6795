# One runner, several runs.
import asyncio


async def setup(state):
    state["queue"] = asyncio.Queue()


async def use(state):
    return await state["queue"].get()  # finding: deadlock


state = {}
with asyncio.Runner() as runner:
    runner.run(setup(state))
    runner.run(use(state))
