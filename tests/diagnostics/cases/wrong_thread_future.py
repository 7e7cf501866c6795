"""A driver's thread completes a future, and another one gives it an exception."""

import asyncio
import threading


class Driver:
    def read(self, future):
        def work():
            future.set_result(b"data")  # finding: wrong-thread

        threading.Thread(target=work).start()

    def fail(self, future):
        def work():
            future.set_exception(OSError("unplugged"))  # finding: wrong-thread

        threading.Thread(target=work).start()


async def main():
    loop = asyncio.get_running_loop()
    driver = Driver()
    future = loop.create_future()
    driver.read(future)
    print(await future)
    future = loop.create_future()
    driver.fail(future)
    try:
        await future
    except OSError as error:
        print(error)


asyncio.run(main())
