# The pool is never shut down; the interpreter waits for its worker.
import asyncio
import concurrent.futures
import threading

pool = concurrent.futures.ThreadPoolExecutor(1)
done = threading.Event()


def watch():
    done.wait(1.8)  # finding: stuck-shutdown


async def main():
    job = asyncio.get_running_loop().run_in_executor(pool, watch)
    await asyncio.sleep(0.05)
    print(job.done())


asyncio.run(main())
