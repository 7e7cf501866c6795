"""A large answer is encoded in one go, by C code that keeps the interpreter's lock."""

import asyncio
import json

ROWS = [{"id": number, "name": f"user {number}", "score": number / 7} for number in range(600_000)]


async def view():
    await asyncio.sleep(0)
    return len(json.dumps(ROWS))  # finding: blocked-loop


asyncio.run(view())
