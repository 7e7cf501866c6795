# run_forever and stop, no asyncio.run.
import asyncio


async def job():
    raise RuntimeError("job")  # finding: lost-exception


loop = asyncio.new_event_loop()
loop.create_task(job())
loop.call_later(0.02, loop.stop)
loop.run_forever()
loop.close()
