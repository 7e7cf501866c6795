"""What the decorator returns is handed on; who calls the decorated function must await it."""

import asyncio
import functools


def logged(function):
    @functools.wraps(function)
    def wrapper(*args):
        print("calls", function.__name__)
        return function(*args)

    return wrapper


@logged
async def save(row):
    await asyncio.sleep(0)


async def main():
    save(1)  # finding: never-awaited
    await save(2)


asyncio.run(main())
