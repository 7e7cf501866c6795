"""The exception is handed to a future, and is raised in whoever awaits that, in another task."""

import asyncio


async def serve(orders):
    while True:
        price, answer = await orders.get()
        if price is None:
            return
        try:
            await asyncio.sleep(price)
            answer.set_result(price)
        except BaseException as error:  # finding: swallowed-cancellation
            answer.set_exception(error)


async def order(orders, price):
    answer = asyncio.get_running_loop().create_future()
    orders.put_nowait((price, answer))
    return await answer


async def main():
    orders = asyncio.Queue()
    serving = asyncio.create_task(serve(orders))
    first = asyncio.create_task(order(orders, 10))
    await asyncio.sleep(0.02)

    serving.cancel()
    print(await asyncio.gather(first, return_exceptions=True))
    print(await order(orders, 0), serving.done())

    orders.put_nowait((None, None))
    await serving


asyncio.run(main())
