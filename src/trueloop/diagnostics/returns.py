"""Returns: whether a line of source hands what it calls on to whoever called it.

Law: looks at source files; knows nothing of running programs. A file that cannot
be read or parsed has no such line.
"""

from __future__ import annotations

import ast
import enum

from trueloop.diagnostics import source, syntax


class Returns(enum.IntEnum):
    """What a line does with the value of a call on it."""

    NOT = 0  # as far as can be told
    SOMEHOW = 1  # inside a `return` or a lambda: in a list, as an argument, ...
    AS_IT_IS = 2  # `return call(...)`, with no other call on the line


# Lines that return something, for each file that was asked about.
_files: dict[str, dict[int, Returns]] = {}
_MOST_FILES = 500


def returns(file: str, line: int) -> Returns:
    """What the line of the file does with the value of a call."""
    known = _files.get(file)
    if known is None and syntax.is_parsing():
        return Returns.NOT
    if known is None:
        if len(_files) >= _MOST_FILES:
            _files.clear()
        known = _files[file] = _read(file)
    return known.get(line, Returns.NOT)


def _read(file: str) -> dict[int, Returns]:
    tree = syntax.tree_of("".join(source.lines(file)))
    if tree is None:
        return {}
    lines: dict[int, Returns] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Return) and node.value is not None:
            value = node.value
        elif isinstance(node, ast.Lambda):
            value = node.body
        else:
            continue
        calls = sum(isinstance(inner, ast.Call) for inner in ast.walk(value))
        if calls:
            as_it_is = isinstance(value, ast.Call) and calls == 1
            for line in range(value.lineno, (value.end_lineno or value.lineno) + 1):
                lines[line] = Returns.AS_IT_IS if as_it_is else Returns.SOMEHOW
    return lines
