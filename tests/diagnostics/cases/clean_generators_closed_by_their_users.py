"""Generators that are left early, and closed; or run to their end; or never begin."""

import asyncio
import contextlib


async def rows(n=5):
    try:
        for row in range(n):
            await asyncio.sleep(0)
            yield row
    finally:
        await asyncio.sleep(0)


async def doubled():
    async for row in rows():
        yield row * 2


async def main():
    async with contextlib.aclosing(rows()) as table:
        async for row in table:
            if row == 2:
                break
    table = rows()
    try:
        await anext(table)
    finally:
        await table.aclose()
    async with contextlib.aclosing(doubled()) as table:
        async for row in table:
            if row == 4:
                break
    print([row async for row in rows()])
    never_begun = rows()
    del never_begun
    table = rows(1)
    print(await anext(table), await anext(table, "the end"))
    try:
        table = rows()
        await anext(table)
        await table.athrow(ValueError)
    except ValueError:
        print("thrown")


asyncio.run(main())
