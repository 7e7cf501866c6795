# No asyncio.run: the loop is closed by hand, with a task on it.
import asyncio


async def background():
    await asyncio.sleep(30)


async def main(loop):
    loop.create_task(background())  # finding: abandoned-task
    await asyncio.sleep(0.01)


loop = asyncio.new_event_loop()
loop.run_until_complete(main(loop))
loop.close()
