"""A loop is prepared in one thread, runs in another, and is tidied up in the first."""

import asyncio
import threading

loop = asyncio.new_event_loop()
seen = []
loop.call_soon(seen.append, "first")
task = loop.create_task(asyncio.sleep(0, "second"))
task.add_done_callback(lambda done: seen.append(done.result()))


def serve():
    asyncio.set_event_loop(loop)
    loop.run_until_complete(task)


thread = threading.Thread(target=serve)
thread.start()
thread.join()
loop.call_soon(seen.append, "third")
loop.run_until_complete(asyncio.sleep(0))
loop.close()
print(seen)
