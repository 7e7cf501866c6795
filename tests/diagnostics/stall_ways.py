"""Random stalls, the other half: the ways in which the interpreter may come to a line that waits.

Law: every kind is one function, and knows no loop. It is called with `wait`, a callable without a
Python frame that blocks; the line that may be blamed ends in `# stall: KIND`, or is in ELSEWHERE.
"""

import contextlib
import ctypes
import functools
import re
import sys
import time
import types
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

WAYS: dict[str, Callable[[Callable[[], object]], object]] = {}

# Lines in other files that may be blamed, by kind.
ELSEWHERE: dict[str, set[tuple[str, int]]] = {}


def way(function: Callable[[Callable[[], object]], object]) -> Callable[..., object]:
    """A way to a line that waits."""
    WAYS[function.__name__] = function
    return function


# Unlike time.sleep it keeps the GIL, as a regular expression does.
_sleep_us_with_gil = ctypes.PyDLL(None).usleep


def waits_of(ms: int) -> list[Callable[[], object]]:
    """Callables without a Python frame that block for so long: one gives the GIL away, one not."""
    return [
        functools.partial(time.sleep, ms / 1000),
        functools.partial(_sleep_us_with_gil, ms * 1000),
    ]


@way
def call(wait: Callable[[], object]) -> None:
    wait()  # stall: call


@way
def partial(wait: Callable[[], object]) -> None:
    def function(_: int) -> None:
        wait()  # stall: partial

    functools.partial(function, 1)()


@way
def key_of_sort(wait: Callable[[], object]) -> None:
    sorted([1], key=lambda _: wait())  # stall: key_of_sort


@way
def mapped(wait: Callable[[], object]) -> None:
    def function(_: int) -> None:
        wait()  # stall: mapped

    list(map(function, [1]))


@way
def substitution(wait: Callable[[], object]) -> None:
    def replacement(_: re.Match[str]) -> str:
        wait()  # stall: substitution
        return ""

    re.sub("b", replacement, "abc")


@way
def finaliser(wait: Callable[[], object]) -> None:
    class Held:
        def __del__(self) -> None:
            wait()  # stall: finaliser

    held = Held()
    del held


@way
def weak_callback(wait: Callable[[], object]) -> None:
    class Held:
        pass

    held = Held()
    reference = weakref.ref(held, lambda _: wait())  # stall: weak_callback
    del held
    del reference


@way
def c_callback(wait: Callable[[], object]) -> None:
    prototype = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    waited = []

    def compare(_: int, __: int) -> int:
        if not waited:
            waited.append(wait())  # stall: c_callback
        return 0

    ctypes.CDLL(None).qsort((ctypes.c_int * 2)(), 2, 4, prototype(compare))


@way
def equality(wait: Callable[[], object]) -> None:
    class Equal:
        def __eq__(self, other: object) -> bool:
            wait()  # stall: equality
            return True

        __hash__ = None  # type: ignore[assignment]

    [Equal()].index(1)  # type: ignore[arg-type]


@way
def hashing(wait: Callable[[], object]) -> None:
    class Key:
        def __hash__(self) -> int:
            wait()  # stall: hashing
            return 1

    {Key(): 1}


@way
def iterator(wait: Callable[[], object]) -> None:
    class Once:
        def __iter__(self) -> Iterator[int]:
            return self  # type: ignore[return-value]

        def __next__(self) -> int:
            wait()  # stall: iterator
            raise StopIteration

    list(Once())  # type: ignore[call-overload]


@way
def attribute(wait: Callable[[], object]) -> None:
    class Lazy:
        def __getattr__(self, name: str) -> object:
            return wait()  # stall: attribute

    _ = Lazy().missing


@way
def descriptor(wait: Callable[[], object]) -> None:
    class Lazy:
        @property
        def value(self) -> object:
            return wait()  # stall: descriptor

    _ = Lazy().value


@way
def constructor(wait: Callable[[], object]) -> None:
    class Slow:
        def __init__(self, wait: Callable[[], object]) -> None:
            wait()  # stall: constructor

    for _ in range(20):  # at last the interpreter calls __init__ in a way of its own
        Slow(int)
    Slow(wait)


@way
def metaclass(wait: Callable[[], object]) -> None:
    class Meta(type):
        def __call__(cls) -> object:
            return wait()  # stall: metaclass

    class Made(metaclass=Meta):
        pass

    Made()


@way
def class_body(wait: Callable[[], object]) -> None:
    class Body:
        value = wait()  # stall: class_body


@way
def comprehended(wait: Callable[[], object]) -> None:
    [wait() for _ in (1,)]  # stall: comprehended


@way
def generator_expression(wait: Callable[[], object]) -> None:
    any(wait() for _ in (1,))  # stall: generator_expression


@way
def delegating_generator(wait: Callable[[], object]) -> None:
    def inner() -> Iterator[int]:
        yield 1
        wait()  # stall: delegating_generator
        yield 2

    def outer() -> Iterator[int]:
        yield from inner()

    list(outer())


@way
def closed_generator(wait: Callable[[], object]) -> None:
    def numbers() -> Iterator[int]:
        try:
            yield 1
        finally:
            wait()  # stall: closed_generator

    started = numbers()
    next(started)
    started.close()  # type: ignore[attr-defined]


@way
def thrown_into(wait: Callable[[], object]) -> None:
    async def inner() -> None:
        try:
            await pause()
        except ValueError:
            wait()  # stall: thrown_into

    async def outer() -> None:
        await inner()

    running = outer()
    running.send(None)
    with contextlib.suppress(StopIteration):
        running.throw(ValueError())


@types.coroutine
def pause() -> Iterator[None]:
    yield


@way
def coroutine(wait: Callable[[], object]) -> None:
    async def inner(depth: int) -> None:
        if depth:
            await inner(depth - 1)
        else:
            await pause()
            wait()  # stall: coroutine

    running = inner(10)
    running.send(None)
    with contextlib.suppress(StopIteration):
        running.send(None)


@way
def asynchronous_generator(wait: Callable[[], object]) -> None:
    async def numbers() -> AsyncIterator[int]:
        yield 1
        await pause()
        wait()  # stall: asynchronous_generator
        yield 2

    async def read() -> list[int]:
        return [n async for n in numbers()]

    running = read()
    running.send(None)
    with contextlib.suppress(StopIteration):
        running.send(None)


@way
def asynchronous_context(wait: Callable[[], object]) -> None:
    @contextlib.asynccontextmanager
    async def manager() -> AsyncIterator[None]:
        yield
        wait()  # stall: asynchronous_context

    async def use() -> None:
        async with manager():
            pass

    with contextlib.suppress(StopIteration):
        use().send(None)


@way
def deep_in_recursion(wait: Callable[[], object]) -> None:
    def descend(depth: int) -> None:
        if depth:
            descend(depth - 1)
        else:
            wait()  # stall: deep_in_recursion

    descend(400)


@way
def deep_in_c_recursion(wait: Callable[[], object]) -> None:
    def descend(depth: int) -> None:
        if depth:
            list(map(descend, [depth - 1]))
        else:
            wait()  # stall: deep_in_c_recursion

    descend(60)


@way
def traced(wait: Callable[[], object]) -> None:
    before = sys.gettrace()
    sys.settrace(lambda *_: None)
    try:
        call_traced(wait)
    finally:
        sys.settrace(before)


def call_traced(wait: Callable[[], object]) -> None:
    wait()  # stall: traced


@way
def profiled(wait: Callable[[], object]) -> None:
    before = sys.getprofile()
    sys.setprofile(lambda *_: None)
    try:
        wait()  # stall: profiled
    finally:
        sys.setprofile(before)


@way
def with_frame_objects(wait: Callable[[], object]) -> None:
    frame: types.FrameType | None = sys._getframe()
    while frame is not None:
        frame.f_locals  # noqa: B018 makes a frame object of its own
        frame = frame.f_back
    wait()  # stall: with_frame_objects


@way
def text(wait: Callable[[], object]) -> None:
    exec("x = 1\nwait()", {"wait": wait})  # stall: text


def _define(kind: str, file: str, source: str) -> None:
    """A way through a function of another file; its last line is the one to blame."""
    names: dict[str, Any] = {}
    exec(compile(source, file, "exec"), names)
    WAYS[kind] = names["run"]
    ELSEWHERE[kind] = {(file, source.count("\n") + 1)}


_define("latin_names", "/caf\xe9/ma\xf1ana.py", "def run(w\xe4it):\n\n    w\xe4it()")
_define("wide_names", "/\u0434\u043e\u043c/\u4e2d.py", "def run(wait):\n  n = 1\n  wait()")
_define("widest_names", "/\U0001f40d/\u4e2d.py", "def run(wait):\n\n\n  wait()")
if not getattr(sys, "is_stack_trampoline_active", bool)():  # -X perf, which cannot write this name
    _define("undecodable_names", "/bytes\udce9.py", "def run(wait):\n\n  wait()")
_define(
    "long_function",
    "/long.py",
    "def run(wait):\n"
    + "".join(f"  x = {n}\n" if n % 5 else f"  x = ({n} +\n\n    1)\n" for n in range(4000))
    + "  wait()",
)
_define("far_line", "/far.py", "def run(wait):\n  x = 1\n" + "\n" * 70_000 + "  wait()")
_define("long_line", "/wide.py", "def run(wait):\n  x = [" + "wait, " * 5000 + "1]\n  wait()")
