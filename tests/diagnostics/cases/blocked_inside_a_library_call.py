# The time is spent in the standard library: the line that called it is to blame.
import asyncio
import json

ROWS = [{"id": n, "name": f"user-{n}", "tags": ["a", str(n)]} for n in range(400_000)]


async def main():
    await asyncio.sleep(0)
    json.dumps(ROWS, indent=1)  # finding: blocked-loop


asyncio.run(main())
