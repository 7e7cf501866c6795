"""What the cases do not show of never-awaited: a service without notes, and Python's warning."""

import asyncio
import gc
import re
import subprocess
import sys
import textwrap

import pytest

import trueloop
from trueloop.diagnostics import Severity

pytestmark = pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")


async def save(row):
    await asyncio.sleep(row)


def line_of(function, offset):
    return function.__code__.co_firstlineno + offset


def test_statement_names_its_line_without_notes(collected):
    async def main():
        save(1)

    trueloop.run(main())

    (finding,) = collected
    assert finding.severity is Severity.ERROR
    assert finding.message.startswith("the coroutine save was made and dropped")
    assert finding.where.line == line_of(main, 1)
    assert [(other.role, other.place.function) for other in finding.related] == [
        ("defined", "save")
    ]


def test_coroutine_lost_on_return_names_its_definition_without_notes(collected):
    async def main():
        kept = save(1)  # noqa: F841

    trueloop.run(main())

    (finding,) = collected
    assert finding.where.line == save.__code__.co_firstlineno
    assert finding.related == ()


def test_librarys_coroutine_needs_a_line_of_the_program(collected):
    async def main():
        asyncio.sleep(1)
        kept = asyncio.sleep(2)  # noqa: F841

    trueloop.run(main())

    assert [finding.where.line for finding in collected] == [line_of(main, 1)]


def test_async_callback_is_told_to_be_a_plain_function(collected):
    async def main():
        asyncio.get_running_loop().call_soon(save, 1)
        await asyncio.sleep(0)

    trueloop.run(main())

    (finding,) = collected
    assert finding.hint.startswith("Pass a plain function")


def test_warning_still_comes(collected):
    async def main():
        save(1)

    with pytest.warns(RuntimeWarning, match="^coroutine 'save' was never awaited$") as caught:
        trueloop.run(main())

    assert [(each.filename, each.lineno) for each in caught] == [(__file__, line_of(main, 1))]
    assert [finding.kind for finding in collected] == ["never-awaited"]


def test_coroutine_in_a_cycle_is_found_by_the_collector(collected):
    class Connection:
        def __init__(self):
            self.handshake = self.shake_hands()

        async def shake_hands(self):
            pass

    async def main():
        Connection()
        gc.collect()

    trueloop.run(main())

    # After many other tests a collection takes long enough for a blocked-loop.
    assert "never-awaited" in {finding.kind for finding in collected}


PROGRAM = """
    import asyncio

    async def save(row):
        await asyncio.sleep(0)

    async def late(row):
        kept = save(row)

    async def main():
        save(1)
        await late(2)
        asyncio.sleep(3)

    asyncio.run(main())
"""
FINDING = re.compile(r"^trueloop: \w+\[(?:.*\n)+?(?: += .*\n)+", re.MULTILINE)
TRACEBACK = re.compile(r"^Traceback .*\n(?:  .*\n)+", re.MULTILINE)
ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def errors_of(path, *options, trueloop_options=()):
    command = [sys.executable, *options, *trueloop_options, path.name]
    done = subprocess.run(command, cwd=path.parent, capture_output=True, text=True, check=False)
    shown = ADDRESS.sub("", FINDING.sub("", done.stderr))
    # Lines of the loop that ran it are not the program's.
    return re.sub(
        r"^(.*(?:asyncio|trueloop)/\S+):\d+:(.*)\n(?:  .*\n)?", r"loop:\2\n", shown, flags=re.M
    )


@pytest.mark.parametrize("options", [[], ["-W", "error"], ["-W", "ignore"], ["-X", "tracemalloc"]])
def test_program_is_warned_as_by_python_itself(options, tmp_path):
    path = tmp_path / "program.py"
    path.write_text(textwrap.dedent(PROGRAM))

    plain = errors_of(path, *options)
    under_trueloop = errors_of(
        path, *options, trueloop_options=["-m", "trueloop", "run", "--quiet"]
    )

    # A filter that makes an error of it: Python shows no line of the program either.
    assert TRACEBACK.sub("", under_trueloop) == TRACEBACK.sub("", plain)
    assert ("never awaited" in plain) == (options != ["-W", "ignore"])


def test_debug_mode_still_says_where_a_coroutine_was_made(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(textwrap.dedent(PROGRAM))

    said = errors_of(path, "-X", "dev", trueloop_options=["-m", "trueloop", "run", "--quiet"])

    assert said.count("Coroutine created at (most recent call last)") == 3
    assert 'program.py", line 8, in late' in said
