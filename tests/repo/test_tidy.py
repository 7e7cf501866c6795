"""The rules of the tree that no linter knows. Each message says what to do instead."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.repo.source_tree import ROOT, files, kept_files, shown

LINE_CAPS = {".py": 450, ".pyi": 450, ".pyx": 700, ".pxd": 200, ".c": 700, ".h": 300}
TEST_CAP = 600
SHAPELESS = {
    "utils",
    "helpers",
    "common",
    "misc",
    "base",
    "tools",
    "core",
    "manager",
    "types",
    "main",
}

# Spelt in pieces, so that this file passes its own test.
LEFTOVER = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX"]) + r")\b")
MACHINE = re.compile(
    r"(?<![\w.])/(" + "|".join(["wo" + "rk", "ro" + "ot", r"ho" + r"me/\w+"]) + r")/\w"
)

NATIVE = files(".pyx", ".pxd", under="src")
# A C function as Cython declares it: `cdef [inline] TYPE NAME(ARGUMENTS) CLAUSES`.
C_FUNCTION = re.compile(
    r"^[ ]*c(?:p?)def[ ]+(?:inline[ ]+)?(?P<type>[\w. ]*?[ *]+)(?P<name>\w+)"
    r"\((?P<arguments>[^()]*(?:\([^()]*\)[^()]*)*)\)(?P<clauses>[^\n:=]*)(?::|$)",
    re.MULTILINE,
)
C_TYPE = re.compile(
    r"\b(void|bint|int|long|short|char|size_t|Py_ssize_t|double|float|u?int\d+_t|unsigned)\b|\*"
)


def line_cap(path: Path) -> int | None:
    if path.suffix == ".py" and "tests" in path.relative_to(ROOT).parts:
        return TEST_CAP
    return LINE_CAPS.get(path.suffix)


# One test asks a rule of all files: there are a thousand.


def test_files_stay_small():
    too_long = [
        f"{shown(path)}: {lines} lines, at most {cap}"
        for path in files(*LINE_CAPS)
        if (cap := line_cap(path)) is not None and (lines := path.read_text().count("\n")) > cap
    ]

    assert too_long == [], "split it by concept"


def test_files_are_named_after_what_they_hold():
    shapeless = [shown(path) for path in files(*LINE_CAPS) if path.stem in SHAPELESS]

    assert shapeless == [], "a function lives where its noun lives: name the noun"


def says_what_it_owns(path: Path) -> bool:
    module = ast.parse(path.read_text())
    is_fixture_data = "cases" in path.parts  # small broken programs: their header is a comment
    return is_fixture_data or not module.body or bool(ast.get_docstring(module))


def test_python_modules_say_what_they_own():
    silent = [shown(path) for path in files(".py") if not says_what_it_owns(path)]

    assert silent == [], "begin with one sentence, then what it owns and what it may not know"


@pytest.mark.parametrize("path", NATIVE, ids=shown)
def test_native_modules_say_what_they_own(path):
    code = re.sub(r"^(\s*#[^\n]*\n|\s*\n)*", "", path.read_text())

    assert code.startswith('"""') or path.read_text().startswith("#"), (
        "begin with one sentence, then what it owns and what it may not know"
    )


def complaints_about(text: str) -> Iterator[str]:
    """What no text of the tree may have."""
    for number, line in enumerate(text.splitlines(), 1):
        if LEFTOVER.search(line):
            yield f"line {number}: notes belong in the tracker"
        if MACHINE.search(line):
            yield f"line {number}: the path of one machine"
        if line != line.rstrip(" \t"):
            yield f"line {number}: space at its end"
    if text and (not text.endswith("\n") or text.endswith("\n\n")):
        yield "end it with one newline"


def test_texts_carry_no_leftovers_and_no_machine():
    complaints = []
    for path in kept_files():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            complaints.append(f"{shown(path)}: not a text: generate it where it is needed")
        else:
            complaints += [f"{shown(path)}: {complaint}" for complaint in complaints_about(text)]

    assert complaints == []


@pytest.mark.parametrize(
    "text",
    [
        "a " + "TO" + "DO\n",
        "/wo" + "rk/x\n",
        "a \n",
        "a",
        "a\n\n",
    ],
)
def test_the_check_of_texts_complains(text):
    assert len(list(complaints_about(text))) == 1


@pytest.mark.parametrize("path", NATIVE, ids=shown)
def test_native_modules_are_modules(path):
    assert not re.search(r"^\s*(include\s|DEF\s|IF\s)", path.read_text(), re.MULTILINE), (
        "cimport by full name; one module per concept"
    )


def functions_without_failure_clause(source: str) -> list[str]:
    """C functions that return no object and do not say how they fail, outside extern blocks."""
    own = re.sub(r"^cdef extern from.*?(?=^\S|\Z)", "", source, flags=re.MULTILINE | re.DOTALL)
    return [
        match["name"]
        for match in C_FUNCTION.finditer(own)
        if C_TYPE.search(match["type"])
        and not re.search(r"\b(noexcept|except)\b", match["clauses"])
    ]


@pytest.mark.parametrize("path", NATIVE, ids=shown)
def test_native_functions_say_how_they_fail(path):
    silent = functions_without_failure_clause(path.read_text())

    assert silent == [], "add `except -1`, `except NULL` or `noexcept`"


def test_the_check_finds_a_function_that_does_not_say_how_it_fails():
    source = (
        "cdef class Ring:\n"
        "    cdef int good(self) except -1:\n        pass\n"
        "    cdef inline void quiet(self, int (*f)(int)) noexcept:\n        pass\n"
        "    cdef object made(self):\n        pass\n"
        "    cdef int bad(self, int x):\n        pass\n"
    )

    assert functions_without_failure_clause(source) == ["bad"]


@pytest.mark.parametrize("path", files(".pyx", under="src"), ids=shown)
def test_traverse_functions_take_no_reference(path):
    source = path.read_text()
    for function in re.findall(r"^cdef int \w*traverse\(.*?(?=^\S|\Z)", source, re.M | re.S):
        assert not re.search(r"^    cdef [A-Z]\w* \w+ =", function, re.M), (
            "a local of an object's type owns a reference, and the object may be dying: cast it"
        )
