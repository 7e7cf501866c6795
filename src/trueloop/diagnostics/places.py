"""Places: lines of code, and which of several a developer must look at.

Law: knows files and frames, nothing of findings or loops. Holds no frame and no code object: a
Place is three plain values, so that a finding keeps nothing of the program alive.
"""

from __future__ import annotations

import asyncio
import enum
import os
import site
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType, FrameType, TracebackType


class Place(NamedTuple):
    """A line of code: file name, line number (0: unknown), qualified name of the function."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} in {self.function}"


class Origin(enum.IntEnum):
    """Whose code it is; the lower, the more it is the developer's own."""

    USER = 0
    INSTALLED = 1
    STDLIB = 2
    TRUELOOP = 3


_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep

LOOP_FILE = _PACKAGE + "loop.py"

# What lies outside a frame of these files started the loop; what lies inside was called by it.
# asyncio's own loop calls everything through asyncio.Handle.
LOOP_FILES = frozenset(
    {
        LOOP_FILE,
        os.path.join(_PACKAGE, "elsewhere", "loop.py"),
        os.path.join(_PACKAGE, "observed.py"),
        asyncio.Handle._run.__code__.co_filename,
    }
)

_PACKAGES = ("site-packages", "dist-packages")


def _beginnings(directories: Iterable[str]) -> tuple[str, ...]:
    """What the names of files in these directories begin with, as _judge compares them."""
    return tuple(os.path.normcase(directory) + os.sep for directory in directories)


# sysconfig knows these paths too, but is slow to import.
_STDLIB = _beginnings(
    {os.path.dirname(os.__file__), os.path.dirname(os.path.realpath(os.__file__))}
)
(_SCRIPTS,) = _beginnings([os.path.join(sys.prefix, "Scripts" if os.name == "nt" else "bin")])
_INSTALLED = (
    _SCRIPTS,
    # On Windows the list has the whole of sys.prefix, the standard library with it.
    *_beginnings(each for each in site.getsitepackages() if os.path.basename(each) in _PACKAGES),
    *_beginnings([site.getusersitepackages()]),
)
_INSTALLED_PARTS = tuple(f"{os.sep}{name}{os.sep}" for name in _PACKAGES)

_TYPED = ("<string>", "<stdin>")

# One entry for each file that ever appeared in a finding's stack.
_origins: dict[str, Origin] = {}


def origin(file: str) -> Origin:
    """Whose code the file holds."""
    known = _origins.get(file)
    if known is None:
        known = _origins[file] = _judge(file)
    return known


def _judge(file: str) -> Origin:
    if file.startswith("<"):
        return _judge_nameless(file)
    if file.startswith(_PACKAGE):
        return Origin.TRUELOOP
    if file.endswith((".pyx", ".pxd", ".pxi")):  # Cython's entries in tracebacks, relative paths
        return Origin.TRUELOOP if "trueloop/kernel/" in file else Origin.INSTALLED
    file = os.path.normcase(file)  # Windows does not care
    if file.startswith(_INSTALLED) or any(part in file for part in _INSTALLED_PARTS):
        return Origin.INSTALLED
    if file.startswith(_STDLIB):
        return Origin.STDLIB
    return Origin.USER


def _judge_nameless(file: str) -> Origin:
    """Code without a file: typed by the user (-c, standard input, a notebook), or generated."""
    if file.startswith(("<ipython-input", "<python-input")):
        return Origin.USER
    return Origin.USER if file in _TYPED and _is_typed() else Origin.STDLIB


def _is_typed() -> bool:
    """Whether the program itself has no file."""
    return getattr(sys.modules.get("__main__"), "__file__", None) is None


def library_prefixes() -> tuple[str, ...]:
    """Beginnings of the files that do not hold the developer's own code."""
    generated = () if _is_typed() else ("<",)
    return (_PACKAGE, *_STDLIB, _SCRIPTS, *generated)


def is_user(place: Place | None) -> bool:
    """Whether the place is known and in the developer's own code."""
    return place is not None and origin(place.file) is Origin.USER


def foremost(places: Iterable[Place]) -> Place | None:
    """Of places given innermost first: the one a developer must look at.

    The innermost in their own code; without one, the innermost in an installed package; and so on
    down to trueloop's own. None if there are no places.
    """
    best: Place | None = None
    best_origin: Origin | None = None
    for place in places:
        whose = origin(place.file)
        if best_origin is None or whose < best_origin:
            best, best_origin = place, whose
            if whose is Origin.USER:
                break
    return best


def of_tuple(site_of: tuple[str, int | None, str] | None) -> Place | None:
    """The kernel's (file, line, function) as a Place; None if it is unknown or the loop's own."""
    if site_of is None:
        return None
    file, line, function = site_of
    place = Place(file, line or 0, function)
    return None if origin(file) >= Origin.STDLIB else place


def of_code(code: CodeType, line: int | None = None) -> Place:
    """Line `line` of a function, or the line where it is defined."""
    return Place(code.co_filename, line or code.co_firstlineno, code.co_qualname)


def of_traceback(traceback: TracebackType | None) -> tuple[Place, ...]:
    """The lines an exception went through, innermost (the raise) first."""
    found = []
    while traceback is not None:
        found.append(of_code(traceback.tb_frame.f_code, traceback.tb_lineno))
        traceback = traceback.tb_next
    return tuple(reversed(found))


def depth(traceback: TracebackType | None) -> int:
    """How many lines an exception went through; -1 for too many to count in each task it ends."""
    count = 0
    while traceback is not None:
        if count == _MOST_LINES:
            return -1
        count += 1
        traceback = traceback.tb_next
    return count


def of_caller() -> Place | None:
    """The innermost line outside trueloop that runs in this thread; None if the loop calls."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename not in LOOP_FILES:
        if origin(frame.f_code.co_filename) is not Origin.TRUELOOP:
            return of_code(frame.f_code, frame.f_lineno)
        frame = frame.f_back
    return None


# The attributes under which a suspended coroutine, generator or asynchronous generator keeps its
# frame and what it waits for.
SUSPENDED = (("cr_frame", "cr_await"), ("ag_frame", "ag_await"), ("gi_frame", "gi_yieldfrom"))
_MOST_FRAMES = 100
_MOST_LINES = 1000


def of_coroutine(coroutine: Any) -> tuple[Place, ...]:
    """Where a coroutine is suspended, innermost first; empty if it has ended or is not Python's."""
    found: list[Place] = []
    while coroutine is not None and len(found) < _MOST_FRAMES:
        for frame_name, next_name in SUSPENDED:
            frame = getattr(coroutine, frame_name, None)
            if frame is not None:
                found.append(of_code(frame.f_code, frame.f_lineno))
                coroutine = getattr(coroutine, next_name, None)
                break
        else:
            coroutine = getattr(coroutine, "cr_await", None)  # a native one has no frame
    return tuple(reversed(found))
