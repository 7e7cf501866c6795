"""The watch names the line that blocks, whatever the thread is doing there."""

import asyncio
import re
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.diagnostics.fake_beat import FakeLoop, wait_for_samples, watched, ways_to_look
from trueloop.diagnostics.watch import Frame, Stall

pytestmark = pytest.mark.skipif(
    sys.implementation.name != "cpython", reason="reads the frames of CPython"
)


@pytest.fixture(params=ways_to_look())
def loop(request):
    loop = FakeLoop(slow_s=0.05)
    with watched(loop, stacks=request.param):
        yield loop


def here(offset: int = 0) -> Frame:
    """The line of the caller, `offset` lines further down."""
    frame = sys._getframe(1)
    return Frame(frame.f_code.co_filename, frame.f_lineno + offset, frame.f_code.co_qualname)


def stall_of(loop: FakeLoop, function: Callable[[], Any]) -> Stall:
    """What the watch recorded of one step; once more if the machine held the watch itself up."""
    for _ in range(5):
        stall = loop.step(function)
        if stall is not None and stall.samples:
            return stall
    raise AssertionError(f"five stalls, and no look at any of them: the last gave {stall}")


def frames_of(loop: FakeLoop, function: Callable[[], Any]) -> tuple[Frame, ...]:
    """The frames of the last sample of one step."""
    return last_frames(stall_of(loop, function))


def last_frames(stall: Stall | None) -> tuple[Frame, ...]:
    """The frames of the last sample, from wait_for_samples outwards if it went through that."""
    assert stall is not None
    frames = stall.samples[-1].frames
    for index, frame in enumerate(frames):
        if frame.function == "wait_for_samples":
            return frames[index:]
    return frames


def test_locates_a_wait_without_the_gil(loop):
    frames = frames_of(loop, lambda: time.sleep(0.3))
    assert frames[0] == here(-1)._replace(function=f"{here().function}.<locals>.<lambda>")


def test_locates_c_code_that_holds_the_gil(loop):
    pattern = re.compile("(a+)+$")
    found = []

    def match():
        found.append(here(1))
        pattern.match("a" * 25 + "b")

    assert frames_of(loop, match)[0] == found[0]


def test_stack_is_complete_and_innermost_first(loop):
    def outer():
        wait_for_samples()

    frames = frames_of(loop, outer)
    names = [frame.function.rpartition(".")[2] for frame in frames]
    assert names[:2] == ["wait_for_samples", "outer"]
    assert names[2] == "step"
    assert frames[3].file == __file__


def test_locates_a_generator_inside_a_builtin(loop):
    found = []

    def numbers():
        found.append(here(1))
        wait_for_samples()
        yield 1

    def total():
        found.append(here(1))
        sum(numbers())

    assert frames_of(loop, total)[1:3] == (found[1], found[0])


def test_locates_a_chain_of_coroutines(loop):
    found = []

    async def inner():
        found.append(here(1))
        wait_for_samples()

    async def outer():
        found.append(here(1))
        await inner()

    def drive():
        with pytest.raises(StopIteration):
            outer().send(None)

    assert frames_of(loop, drive)[1:3] == (found[1], found[0])


def test_locates_an_asynchronous_generator(loop):
    found = []

    async def lines():
        found.append(here(1))
        wait_for_samples()
        yield 1

    async def read():
        async for _ in lines():
            pass

    def drive():
        with pytest.raises(StopIteration):
            read().send(None)

    assert frames_of(loop, drive)[1] == found[0]


def test_locates_a_constructor(loop):
    found = []

    class Slow:
        def __init__(self, wait):
            if wait:
                found.append(here(1))
                wait_for_samples()

    def make():
        found.append(here(2))
        for last in [False] * 50 + [True]:  # at last the interpreter calls __init__ in its own way
            Slow(last)

    assert frames_of(loop, make)[1:3] == (found[1], found[0])


def test_locates_python_code_called_from_c(loop):
    found = []

    def key(number):
        found.append(here(1))
        wait_for_samples(1)
        return number

    def sort():
        found.append(here(1))
        sorted([3, 1, 2], key=key)

    assert frames_of(loop, sort)[1:3] == (found[1], found[0])


def test_locates_a_running_loop_of_python_code(loop):
    lines = range(here().line + 1, here().line + 7)

    def count():
        until = time.monotonic() + 0.3
        total = 0
        while time.monotonic() < until:
            total += sum(n * n for n in range(50))

    stall = loop.step(count)
    assert stall is not None
    assert stall.samples
    for sample in stall.samples:
        inner = [frame for frame in sample.frames if frame.function.endswith("count")]
        assert [frame.line in lines for frame in inner] == [True]


def test_a_function_that_has_only_just_been_called_is_not_blamed(loop):
    def nothing():
        pass

    def call():
        until = time.monotonic() + 0.3
        while time.monotonic() < until:
            nothing(), nothing(), nothing(), nothing(), nothing()

    stall = loop.step(call)
    assert stall is not None
    assert stall.samples
    definition = nothing.__code__.co_firstlineno
    assert definition not in {sample.frames[0].line for sample in stall.samples}


def test_running_recursion_gives_a_stack_that_was_there(loop):
    def fibonacci(n):
        return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)

    def run():
        until = time.monotonic() + 0.3
        while time.monotonic() < until:
            fibonacci(12)

    stall = loop.step(run)
    assert stall is not None
    assert stall.samples
    for sample in stall.samples:
        names = [frame.function.rpartition(".")[2] for frame in sample.frames]
        depth = names.index("run")
        assert set(names[:depth]) <= {"fibonacci"}
        assert depth <= 13
        assert names[depth + 1] == "step"


def test_deep_stack_keeps_its_innermost_frames(loop):
    def descend(depth):
        if depth:
            descend(depth - 1)
        else:
            wait_for_samples()

    stall = loop.step(lambda: descend(300))
    frames = last_frames(stall)
    assert stall is not None
    assert stall.truncated
    assert len(frames) == 64
    assert frames[0].function == "wait_for_samples"
    assert {frame.function.rpartition(".")[2] for frame in frames[1:]} == {"descend"}


@pytest.mark.parametrize(
    "name",
    [
        "/plain.py",
        "/caf\xe9.py",
        "/\u0142\xf3d\u017a.py",
        "/\U0001f40d/\u4e2d.py",
        "/bytes\udce9.py",
        "/" + "n" * 3000,
    ],
    ids=["ascii", "latin-1", "two-byte", "four-byte", "surrogate", "long"],
)
def test_file_name_is_exact_in_any_script(loop, name):
    names = {"wait": wait_for_samples}
    exec(compile("def slow\u00ef():\n\n    wait()\n", name, "exec"), names)
    assert frames_of(loop, names["slow\u00ef"])[1] == Frame(name, 3, "slow\u00ef")


def test_line_is_right_in_a_very_long_function(loop):
    lines = ["def long():"]
    for number in range(6000):
        lines += [f"    x = {number}", ""] if number % 7 else [f"    x = ({number} +\n\n 1)"]
    lines.append("    wait()")
    source = "\n".join(lines)
    names = {"wait": wait_for_samples}
    exec(compile(source, "/long.py", "exec"), names)
    last = source.count("\n") + 1
    assert frames_of(loop, names["long"])[1] == Frame("/long.py", last, "long")


def test_line_of_a_call_over_several_lines_is_where_it_stands(loop):
    line = here().line + 3

    def call():
        wait_for_samples(
            2,
        )

    assert frames_of(loop, call)[1].line == line


def test_each_loop_is_judged_on_its_own():
    loops = [FakeLoop(slow_s=0.05) for _ in range(3)]
    stalls: dict[int, Stall | None] = {}

    def one():
        time.sleep(0.3)

    def two():
        time.sleep(0.3)

    def quick():
        pass

    def run(number, function):
        loops[number].enter_thread()
        stalls[number] = loops[number].step(function)

    with watched(*loops):
        threads = [threading.Thread(target=run, args=task) for task in enumerate((one, two, quick))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert last_frames(stalls[0])[0].function.endswith("one")
    assert last_frames(stalls[1])[0].function.endswith("two")
    assert stalls[2] is None


def test_locates_a_blocked_asyncio_loop(loop):
    """The stack of a task's step leads out to whoever runs the loop."""

    async def main():
        wait_for_samples()

    frames = frames_of(loop, lambda: asyncio.run(main()))
    names = [frame.function.rpartition(".")[2] for frame in frames]
    assert names[1] == "main"
    assert "run_forever" in names


def test_weights_cover_the_time_up_to_the_last_sample(loop):
    stall = stall_of(loop, lambda: time.sleep(0.3))
    last = stall.samples[-1]
    assert sum(stall.weights_s) == pytest.approx(last.age_s - last.starved_s)
    assert all(weight >= 0 for weight in stall.weights_s)
