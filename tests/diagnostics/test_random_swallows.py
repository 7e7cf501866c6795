"""Random coroutines: what is named is what has kept the cancellation, by their own account.

Each statement that may keep an exception tells when it gets a CancelledError. The last to tell is
to blame, unless the task ends as cancelled after all; then nobody is.
"""

import asyncio
import contextlib
import linecache
import random
import sys
import warnings
from pathlib import Path

import pytest

import trueloop
from trueloop import diagnostics

PROGRAMS = 100  # for each seed
CAUGHT = ("asyncio.CancelledError", "(OSError, asyncio.CancelledError)", "Exception", "KeyError")
HANDLERS = (
    ["pass"],
    ["await asyncio.sleep(0)"],
    ["raise"],
    ["await asyncio.sleep(0)", "raise"],
    ["return 1"],
    ["await asyncio.sleep(0)", "return 1"],
    ["raise ValueError"],
)
MANAGERS = (
    "with Keeping({})",
    "async with Keeping({})",
    "with Passing()",
    "async with Passing()",
    "with passing()",
    "async with passing_slowly()",
    "with contextlib.suppress(OSError)",
)
told: list[int] = []


def tell(line):
    """To be called by a handler or a `finally` at that line."""
    if isinstance(sys.exc_info()[1], asyncio.CancelledError):
        told.append(line)


class Keeping:
    def __init__(self, line):
        self.line = line

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if isinstance(error, asyncio.CancelledError):
            told.append(self.line)
        return True

    async def __aenter__(self):
        return self

    async def __aexit__(self, kind, error, traceback):
        await asyncio.sleep(0)
        if isinstance(error, asyncio.CancelledError):
            told.append(self.line)
        return True


class Passing:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        await asyncio.sleep(0)


@contextlib.contextmanager
def passing():
    yield


@contextlib.asynccontextmanager
async def passing_slowly():
    try:
        yield
    finally:
        await asyncio.sleep(0)


class Writer:
    """Writes the source of functions f0, f1, ..., each of which awaits the next."""

    def __init__(self, seed):
        self.choice = random.Random(seed)
        self.lines = []

    def program(self):
        functions = self.choice.randint(1, 3)
        for number in range(functions):
            self.line(0, f"async def f{number}():")
            inner = f"f{number + 1}()" if number + 1 < functions else "asyncio.sleep(60)"
            self.block(1, self.choice.randint(1, 3), inner)
        return "\n".join(self.lines) + "\n"

    def line(self, indent, text):
        self.lines.append("    " * indent + text)
        return len(self.lines)

    def block(self, indent, depth, awaited):
        if depth == 0:
            self.line(indent, f"await {awaited}")
            return
        kind = self.choice.random()
        if kind < 0.6:
            self.attempt(indent, depth, awaited)
        elif kind < 0.9:
            manager = self.choice.choice(MANAGERS).format(len(self.lines) + 1)
            self.line(indent, f"{manager}:")
            self.block(indent + 1, depth - 1, awaited)
        else:
            self.line(indent, "for _ in range(1):")
            self.block(indent + 1, depth - 1, awaited)
        if self.choice.random() < 0.4:
            self.line(indent, "await asyncio.sleep(0)")

    def attempt(self, indent, depth, awaited):
        self.line(indent, "try:")
        self.block(indent + 1, depth - 1, awaited)
        caught = self.choice.sample(CAUGHT, self.choice.randint(0, 2))
        if self.choice.random() < 0.3:
            caught.append("BaseException")
        for each in caught:
            number = self.line(indent, f"except {each}:")
            self.line(indent + 1, f"tell({number})")
            for text in self.choice.choice(HANDLERS):
                self.line(indent + 1, text)
        if not caught or self.choice.random() < 0.3:
            self.line(indent, "finally:")
            self.line(indent + 1, self.choice.choice(["pass", "await asyncio.sleep(0)"]))
            if self.choice.random() < 0.2:
                self.line(indent + 1, f"tell({len(self.lines) + 2})")
                self.line(indent + 1, "return 2")


async def is_cancelled(function):
    """Whether a task that is cancelled at its innermost await ends as cancelled."""
    task = asyncio.create_task(function())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.exception()
    return task.cancelled()


async def is_timed_out(function):
    """Whether a timeout around the innermost await ends in a TimeoutError."""
    try:
        async with asyncio.timeout(0):
            await function()
    except TimeoutError:
        return True
    except ValueError:
        await asyncio.sleep(0)
    return False


@pytest.mark.parametrize("ends", [is_cancelled, is_timed_out])
@pytest.mark.parametrize("seed", range(3))
def test_the_statement_that_kept_it_is_named(ends, seed, collected, tmp_path):
    for number in range(seed * PROGRAMS, (seed + 1) * PROGRAMS):
        text = Writer(number).program()
        path = Path(tmp_path / f"{number}.py")
        path.write_text(text)
        functions = dict(globals())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # `return` in `finally`
            exec(compile(text, path, "exec"), functions)
        told.clear()
        diagnostics.ledger.clear()

        has_ended = trueloop.run(ends(functions["f0"]))

        named = [
            finding.where.line
            for finding in diagnostics.findings()
            if finding.kind == "swallowed-cancellation"
        ]
        assert named == ([] if has_ended else told[-1:]), f"of {number}:\n{text}"
        linecache.cache.pop(str(path), None)
