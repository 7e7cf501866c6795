"""What a dying object does takes its time wherever the last reference goes."""

import asyncio
import time


class Connection:
    def __del__(self):
        time.sleep(0.3)  # finding: blocked-loop


async def main():
    connection = Connection()
    await asyncio.sleep(0)
    del connection
    await asyncio.sleep(0)


asyncio.run(main())
