# A framework that lets the loop run a little from time to time.
import asyncio


async def job(event):
    await event.wait()
    return "done"


async def make():
    return asyncio.Event()


def step(loop):
    loop.call_soon(loop.stop)
    loop.run_forever()


loop = asyncio.new_event_loop()
event = loop.run_until_complete(make())
task = loop.create_task(job(event))
for _ in range(100):
    step(loop)
event.set()
print(loop.run_until_complete(task))
loop.close()
