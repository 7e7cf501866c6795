"""A library's thread calls back; the handler hands the message to a waiting task."""

import asyncio
import logging
import logging.handlers
import queue


class Forward(logging.Handler):
    def __init__(self, target):
        super().__init__()
        self.target = target

    def emit(self, record):
        self.target.put_nowait(record.getMessage())  # finding: wrong-thread


async def main():
    records = asyncio.Queue()
    lines = queue.SimpleQueue()
    listener = logging.handlers.QueueListener(lines, Forward(records))
    listener.start()
    logger = logging.getLogger("app")
    logger.addHandler(logging.handlers.QueueHandler(lines))
    asyncio.get_running_loop().call_later(0.02, logger.warning, "hello")
    print(await records.get())
    await asyncio.to_thread(listener.stop)


asyncio.run(main())
