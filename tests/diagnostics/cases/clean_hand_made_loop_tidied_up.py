# run_forever, stop, cancel everything, gather it, close: the classic tidy end.
import asyncio


async def background():
    await asyncio.sleep(30)


loop = asyncio.new_event_loop()
tasks = [loop.create_task(background()) for _ in range(3)]
loop.call_later(0.02, loop.stop)
loop.run_forever()
for task in tasks:
    task.cancel()
loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
loop.run_until_complete(loop.shutdown_asyncgens())
loop.close()
