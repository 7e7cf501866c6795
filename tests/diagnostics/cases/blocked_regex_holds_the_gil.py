# A regular expression backtracks for ever so long inside C, with the GIL held.
import asyncio
import re
import time

PATTERN = re.compile(r"(a|aa)+$")


def hopeless(seconds):
    """A text that keeps the pattern busy for some seconds of processor time."""
    text, took = "a" * 20, 0.0
    while took < seconds:
        text += "a"
        before = time.thread_time()
        PATTERN.match(text + "!")
        took = time.thread_time() - before
    return text + "!"


async def validate(text):
    await asyncio.sleep(0)
    return PATTERN.match(text)  # finding: blocked-loop


asyncio.run(validate(hopeless(0.4)))
