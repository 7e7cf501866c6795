"""Which call made what a function drops: told from the instruction at which it dies."""

import linecache
import sys
import warnings

import pytest

from trueloop.diagnostics import calls
from trueloop.diagnostics.returns import Returns, returns

PRELUDE = """
import contextlib

async def save(row): pass

class Store:
    async def save(self, row): pass

store = Store()

def helper(*args): pass
"""

# The body of a function; `# here` marks the line of the call that made what is dropped.
KNOWN = {
    "statement": "save(1)  # here",
    "attribute": "store.save(1)  # here",
    "keyword": "save(row=1)  # here",
    "unpacked arguments": "save(*(1,))  # here",
    "over several lines": "store.save(  # here\n    1\n)",
    "another name": "alias = save\nalias(1)  # here",
    "overwritten": "kept = save(1)  # here\nkept = None",
    "overwritten in a loop": "for row in range(2):\n    kept = save(row)  # here\nkept = None",
    "deleted": "kept = save(1)  # here\ndel kept",
    "condition": "if save(1):  # here\n    pass",
    "comparison": "return save(1) == 3  # here",
    "argument": "helper(save(1))  # here",
    "formatted": "f'{save(1)}'  # here",
    "in a list": "[save(1)]  # here",
    "arithmetic": "with contextlib.suppress(TypeError):\n    1 + save(1)  # here",
    "subscript": "with contextlib.suppress(TypeError):\n    save(1)['row']  # here",
    "iteration": "with contextlib.suppress(TypeError):\n    for _ in save(1): pass  # here",
    "walrus": "(kept := save(1))  # here\nkept = None",
    "result of a wrapper": "(lambda: save(1))()  # here",
}
UNKNOWN = {
    "lost on return": "kept = save(1)",
    "lost by a failure": "kept = save(1)\nraise ValueError",
    "two candidates": "kept = save(1)\nother = save(2)\nkept = None\nother = None",
    "made and dropped further inside": (
        "def inner():\n    kept = save(1)\ninner()\nsave(2).close()\n[each.close() for each in ()]"
    ),
}


def told(body):
    """(line that is told, line that is marked) for the first coroutine that a function drops."""
    lines = [f"    {line}" for line in body.splitlines()]
    source = "\n".join([PRELUDE, "def function():", *lines])
    marked = [number for number, line in enumerate(source.splitlines(), 1) if "# here" in line]
    found = []

    def listen(coroutine):
        found.append(calls.dropped_here(sys._getframe(1), "save"))

    namespace = {}
    exec(compile(source, "<program>", "exec"), namespace)
    before = warnings._warn_unawaited_coroutine
    warnings._warn_unawaited_coroutine = listen
    try:
        namespace["function"]()
    except ValueError:
        pass
    finally:
        warnings._warn_unawaited_coroutine = before
    return found[0], marked


@pytest.mark.parametrize("body", KNOWN.values(), ids=KNOWN.keys())
def test_call_is_told_where_no_other_could_be_meant(body):
    line, marked = told(body)

    assert [line] == marked


@pytest.mark.parametrize("body", UNKNOWN.values(), ids=UNKNOWN.keys())
def test_nothing_is_claimed_where_it_is_not_certain(body):
    line, _ = told(body)

    assert line is None


@pytest.mark.parametrize(
    ("line", "how"),
    [
        ("return save(1)", Returns.AS_IT_IS),
        ("return save(make(1))", Returns.SOMEHOW),
        ("return [save(1)]", Returns.SOMEHOW),
        ("later = lambda: save(1)", Returns.AS_IT_IS),
        ("kept = save(1)", Returns.NOT),
        ("return 1", Returns.NOT),
    ],
)
def test_line_that_returns_what_it_calls_is_known(line, how):
    source = f"def function():\n    {line}\n"
    file = f"<{line}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)

    assert returns(file, 2) is how
    assert returns(file, 1) is Returns.NOT


def test_file_that_is_not_there_returns_nothing():
    assert returns("/nowhere.py", 1) is Returns.NOT
