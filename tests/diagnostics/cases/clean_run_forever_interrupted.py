# Ctrl-C ends run_forever, and the loop is closed with a task on it.
import asyncio
import signal


async def serve():
    await asyncio.sleep(30)


loop = asyncio.new_event_loop()
task = loop.create_task(serve())
loop.call_later(0.02, signal.raise_signal, signal.SIGINT)
try:
    loop.run_forever()
except KeyboardInterrupt:
    print("interrupted")
finally:
    loop.close()
