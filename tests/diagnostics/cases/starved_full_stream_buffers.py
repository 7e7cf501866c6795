"""Lines that have arrived already are read without a wait, thousands in one step."""

import asyncio
import time


def burn(duration_s):
    end_s = time.thread_time() + duration_s
    while time.thread_time() < end_s:
        sum(range(50))


async def consume(reader):
    while line := await reader.readline():
        burn(0.0005 * len(line) / 5)  # finding: starved-loop


async def main():
    readers = []
    for _ in range(12):
        reader = asyncio.StreamReader()
        reader.feed_data(b"line\n" * 40)
        reader.feed_eof()
        readers.append(reader)
    await asyncio.gather(*(consume(reader) for reader in readers))


asyncio.run(main())
