"""Imports go downwards only, in Python and in Cython; without this test the order would decay."""

import ast
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.repo.source_tree import PACKAGE, files, shown

# Lowest first: a module may import what stands before it. An entry stands for all below it too.
LAYERS = (
    "trueloop.errors",
    "trueloop.observable",
    "trueloop.observed",
    "trueloop.creators",
    "trueloop.kernel.slots",
    "trueloop.kernel.freethreading",
    "trueloop.kernel.door",
    "trueloop.kernel.differences",
    "trueloop.kernel.throwing",
    "trueloop.kernel.raised",
    "trueloop.kernel.clock",
    "trueloop.kernel.context",
    "trueloop.kernel.hooks",
    "trueloop.kernel.cancellation",
    "trueloop.kernel.runningloop",
    "trueloop.kernel.currenttask",
    "trueloop.kernel.handle",
    "trueloop.kernel.threadsafehandle",
    "trueloop.kernel.ready",
    "trueloop.kernel.waiters",
    "trueloop.kernel.timers",
    "trueloop.kernel.future",
    "trueloop.kernel.operation",
    "trueloop.kernel.taskface",
    "trueloop.kernel.task",
    "trueloop.kernel.workitem",
    "trueloop.kernel.waker",
    "trueloop.kernel.poller",
    "trueloop.kernel.outbox",
    "trueloop.kernel.sink",
    "trueloop.kernel.transport",
    "trueloop.kernel.stream",
    "trueloop.kernel.addresses",
    "trueloop.kernel.datagram",
    "trueloop.kernel.tls",
    "trueloop.kernel.loop",
    "trueloop.kernel.fastcalls",
    "trueloop.kernel.sockets",
    "trueloop.kernel",
    "trueloop.livetasks",
    "trueloop.awaitgraph",
    "trueloop.pollerview",
    "trueloop.tls",
    "trueloop.transports",
    "trueloop.elsewhere.handle",
    "trueloop.elsewhere.hooks",
    "trueloop.elsewhere.future",
    "trueloop.elsewhere.loop",
    "trueloop.elsewhere.threadqueue",
    "trueloop.elsewhere",
    "trueloop.loop",
    "trueloop.runtime",
    "trueloop.runner",
    "trueloop.primitives",
    "trueloop.diagnostics",
    "trueloop.notice",
    "trueloop",
    "trueloop.cli",
    "trueloop.__main__",
)
PUBLIC = {"trueloop", "trueloop.diagnostics", "trueloop.errors"}

# `from a.b cimport c, d` and `cimport a.b`, `import a.b as c`, at any depth of indentation.
FROM = re.compile(r"^\s*from\s+([\w.]+)\s+c?import\s+(.+)$", re.MULTILINE)
WHOLE = re.compile(r"^\s*c?import\s+([\w., ]+)$", re.MULTILINE)
NAMES = re.compile(r"(\w+)(?:\s+as\s+\w+)?")


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path) for path in files(".py", ".pyx", under="src/trueloop")}


def python_imports(source: str) -> set[str]:
    """What a Python file imports, late imports and those for type checkers included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide the layer that they reach for"
            found.update(resolve(node.module or "", [alias.name for alias in node.names]))
    return found


def cython_imports(source: str) -> set[str]:
    """What a .pyx or .pxd imports and cimports."""
    joined = re.sub(r"\(([^)]*)\)", lambda match: " ".join(match[1].split()), source)
    found = {name for match in WHOLE.finditer(joined) for name in re.split(r"[,\s]+", match[1])}
    for match in FROM.finditer(joined):
        found.update(resolve(match[1], NAMES.findall(match[2])))
    return found


def resolve(module: str, names: list[str]) -> set[str]:
    """`from module import names`: the submodules among the names, else the module itself."""
    return {f"{module}.{name}" if f"{module}.{name}" in MODULES else module for name in names}


def imports_of(path: Path) -> set[str]:
    read = python_imports if path.suffix == ".py" else cython_imports
    own = {name for name in read(path.read_text()) if name.split(".")[0] == "trueloop"}
    return own - {module_name(path)}


def layer(module: str) -> int:
    """Height of a module: that of the longest entry which names it or a package around it."""
    fitting = [entry for entry in LAYERS if f"{module}.".startswith(f"{entry}.")]
    best = max(fitting, key=len)
    assert best != "trueloop" or module == "trueloop", f"{module} has no place in LAYERS"
    return LAYERS.index(best)


# Stubs are left out: they name types, and a hook's type names what stands above it.
SOURCES = files(".py", ".pyx", ".pxd", under="src/trueloop")


@pytest.mark.parametrize("path", SOURCES, ids=shown)
def test_imports_go_downwards(path):
    module = module_name(path)
    for imported in imports_of(path):
        same = layer(imported) == layer(module)
        assert same or layer(imported) < layer(module), f"{module} may not import {imported}"


def test_no_two_modules_import_each_other_by_any_way():
    # A package's __init__ gathers what its modules offer; it is a shop window, not a layer.
    graph = {module_name(path): imports_of(path) for path in SOURCES if path.stem != "__init__"}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as cycle:
        pytest.fail(f"import cycle: {' -> '.join(cycle.args[1])}")


@pytest.mark.parametrize(
    "path", files(".py", under="apps") + files(".py", under="benchmarks"), ids=shown
)
def test_programs_use_the_public_api_only(path):
    used = {name for name in python_imports(path.read_text()) if name.split(".")[0] == "trueloop"}

    assert used <= PUBLIC


def test_the_check_sees_cython_imports():
    source = "from trueloop.kernel.loop cimport (\n    Loop,\n)\ncimport trueloop.kernel.task\n"

    assert {"trueloop.kernel.loop", "trueloop.kernel.task"} <= cython_imports(source)
