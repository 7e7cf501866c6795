# A regular expression backtracks for ever so long inside C, with the GIL held.
import asyncio
import re

PATTERN = re.compile(r"(a|aa)+$")


async def validate(text):
    return PATTERN.match(text)  # finding: blocked-loop


async def main():
    text = "a" * 24
    while not await timed(text + "!") > 0.2:
        text += "a"


async def timed(text):
    loop = asyncio.get_running_loop()
    before = loop.time()
    await validate(text)
    took = loop.time() - before
    if took < 0.2:
        await asyncio.sleep(0)
    return took


asyncio.run(main())
