# run_forever, stop, close: with a task on the loop.
import asyncio


async def serve():
    await asyncio.sleep(30)


loop = asyncio.new_event_loop()
task = loop.create_task(serve())  # finding: abandoned-task
loop.call_later(0.02, loop.stop)
loop.run_forever()
loop.close()
