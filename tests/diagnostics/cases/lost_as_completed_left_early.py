# The loop over as_completed ends with the first result.
import asyncio


async def query(delay, ok):
    await asyncio.sleep(delay)
    if not ok:
        raise LookupError("replica")  # finding: lost-exception
    return delay


async def main():
    for result in asyncio.as_completed([query(0.01, True), query(0.03, False)]):
        print(await result)
        break
    await asyncio.sleep(0.05)


asyncio.run(main())
