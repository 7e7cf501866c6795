"""Random stalls, one half: work that takes its time by itself.

Law: every kind is one function, and knows no loop. It is called with a number that says how much to
do; the lines that may be blamed end in `# stall: KIND`.
"""

import contextlib
import hashlib
import json
import random
import re
import socket
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable

WORK: dict[str, Callable[[int], object]] = {}


def work(function: Callable[[int], object]) -> Callable[[int], object]:
    """A kind of stall that takes its time by itself."""
    WORK[function.__name__] = function
    return function


@work
def sleep(ms: int) -> None:
    time.sleep(ms / 1000)  # stall: sleep


@work
def lock(ms: int) -> None:
    held = threading.Lock()
    held.acquire()
    held.acquire(timeout=ms / 1000)  # stall: lock


@work
def receive(ms: int) -> None:
    near, far = socket.socketpair()
    with near, far:
        near.settimeout(ms / 1000)
        with contextlib.suppress(TimeoutError):
            near.recv(1)  # stall: receive


@work
def join(ms: int) -> None:
    thread = threading.Thread(target=time.sleep, args=(ms / 1000,))
    thread.start()
    thread.join()  # stall: join


@work
def cpu_loop(size: int) -> int:
    total = 0
    for number in range(size * 5000):  # stall: cpu_loop
        total += number * number % 7  # stall: cpu_loop
    return total


@work
def recursion(size: int) -> None:
    def fibonacci(n: int) -> int:
        return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)  # stall: recursion

    for _ in range(size):  # stall: recursion
        fibonacci(14)  # stall: recursion


@work
def generator(size: int) -> int:
    def squares() -> object:
        for number in range(size * 400):  # stall: generator
            yield number * number  # stall: generator

    return sum(squares())  # stall: generator


@work
def regex(size: int) -> None:
    text = "a" * 14 + "b"
    re.compile("(?:(?:a+)+$|c){1}").sub("", text * (size // 2))  # stall: regex


@work
def sort(size: int) -> None:
    numbers = list(range(size * 200))
    random.shuffle(numbers)  # stall: sort
    numbers.sort()  # stall: sort


@work
def sort_with_key(size: int) -> None:
    def key(number: int) -> tuple[int, int]:
        return number % 7, number  # stall: sort_with_key

    sorted(range(size * 200), key=key)  # stall: sort_with_key


@work
def hash_small(size: int) -> None:
    for _ in range(size * 700):  # stall: hash_small
        hashlib.sha256(b"small").digest()  # stall: hash_small


@work
def hash_large(size: int) -> None:
    hashlib.sha256(b"x" * (size * 200_000)).digest()  # stall: hash_large


@work
def json_dump(size: int) -> None:
    json.dumps(list(range(size * 2000)))  # stall: json_dump


@work
def big_int(size: int) -> None:
    pow(3, 1 << size * 60, 2**1279 - 1)  # stall: big_int


@work
def query(size: int) -> None:
    with sqlite3.connect(":memory:") as database:
        database.execute(  # stall: query
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < ?)"
            " select sum(i) from n",
            (size * 2000,),
        ).fetchone()  # stall: query
    database.close()


@work
def coroutines(size: int) -> None:
    async def number(n: int) -> int:
        return n * n  # stall: coroutines

    async def total() -> int:
        found = 0
        for n in range(size * 200):  # stall: coroutines
            found += await number(n)  # stall: coroutines
        return found

    with contextlib.suppress(StopIteration):  # stall: coroutines
        total().send(None)  # stall: coroutines


@work
def async_generator(size: int) -> None:
    async def numbers() -> AsyncIterator[int]:
        for n in range(size * 150):  # stall: async_generator
            yield n  # stall: async_generator

    async def total() -> int:
        found = 0
        async for n in numbers():  # stall: async_generator
            found += n  # stall: async_generator
        return found

    with contextlib.suppress(StopIteration):  # stall: async_generator
        total().send(None)  # stall: async_generator


@work
def comprehension(size: int) -> None:
    [[n * m for m in range(10)] for n in range(size * 40)]  # stall: comprehension


@work
def closures(size: int) -> int:
    def make(n: int) -> Callable[[], int]:
        def inner() -> int:  # stall: closures
            return n  # stall: closures

        return inner  # stall: closures

    total = 0
    for n in range(size * 200):  # stall: closures
        total += make(n)()  # stall: closures
    return total


@work
def class_bodies(size: int) -> None:
    for _ in range(size * 2):  # stall: class_bodies

        class Body:  # stall: class_bodies
            one = tuple(n + 1 for n in range(5))  # stall: class_bodies

            def method(self) -> None:  # stall: class_bodies
                pass


@work
def constructors(size: int) -> None:
    class Point:
        def __init__(self, x: int) -> None:
            self.x = x  # stall: constructors

    for n in range(size * 200):  # stall: constructors
        Point(n)  # stall: constructors


@work
def exceptions(size: int) -> None:
    def fail(depth: int) -> None:
        if depth == 0:  # stall: exceptions
            raise ValueError  # stall: exceptions
        fail(depth - 1)  # stall: exceptions

    for _ in range(size * 15):  # stall: exceptions
        try:  # stall: exceptions
            fail(10)  # stall: exceptions
        except ValueError as error:  # stall: exceptions
            error.__traceback__ = None  # stall: exceptions


@work
def deep_recursion(size: int) -> None:
    def descend(depth: int) -> int:
        return depth and descend(depth - 1)  # stall: deep_recursion

    for _ in range(size):  # stall: deep_recursion
        descend(300)  # stall: deep_recursion


@work
def executed_text(size: int) -> None:
    text = f"for n in range({size * 300}):\n    n * n\n"
    exec(text)  # stall: executed_text
