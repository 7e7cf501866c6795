"""Results are looked at as they come, but they all come in one round."""

import asyncio
import json

ROWS = json.dumps([{"id": number, "name": str(number)} for number in range(4000)])


async def parse(text):
    await asyncio.sleep(0)
    return len(json.loads(text))  # finding: starved-loop


async def main():
    total = 0
    for parsed in asyncio.as_completed([parse(ROWS) for _ in range(400)]):
        total += await parsed
    print(total)


asyncio.run(main())
