"""Program: somebody's script, module or -c code, run in this process as `python` would run it.

Law: knows nothing of loops and findings. What the program sees of itself (`__main__`, sys.argv,
sys.path, tracebacks, how it ends) is what plain Python would show it; each difference is a bug
here.
"""

from __future__ import annotations

import builtins
import importlib.machinery
import io
import linecache
import os
import pkgutil
import runpy
import sys
import traceback
from abc import ABC, abstractmethod
from types import CodeType, ModuleType, TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FAILED = 1
NO_FILE = 2


# Whose frames lead to the program, and are not shown.
_OUTER_FILES = {__file__, runpy.run_module.__code__.co_filename}

# By this, from 3.13 on, tracebacks show the source of -c code.
_remember_source: Any = getattr(linecache, "_register_code", None)

# What finds modules for `python -m`; pdb runs programs with the same two.
_find_module: Any = runpy._get_module_details  # type: ignore[attr-defined]
_find_main: Any = runpy._get_main_module_details  # type: ignore[attr-defined]


class NoProgram(Exception):
    """There is no program to run; the message is python's."""


class NoFile(NoProgram):
    """There is no such file."""


class Program(ABC):
    """What to run, and the arguments it gets."""

    def __init__(self, name: str, arguments: Sequence[str]) -> None:
        self.name = name
        self.arguments = list(arguments)

    @abstractmethod
    def load(self) -> CodeType:
        """Make `__main__`, sys.argv and sys.path ready; the code to execute in `__main__`."""

    def run(self, ready: Callable[[], object]) -> int:
        """Run the program to its end; the exit status.

        Args:
            ready: called when `__main__` is ready, before its first line.

        Raises:
            SystemExit: the program ended itself with it.
            KeyboardInterrupt: the program was interrupted; its traceback has been shown.
        """
        try:
            code = self.load()
        except NoProgram as problem:
            print(f"{sys.executable}: {problem}", file=sys.stderr)
            return NO_FILE if isinstance(problem, NoFile) else FAILED
        except SystemExit:
            raise
        except BaseException as error:  # a SyntaxError, or what importing a package raised
            return _end_with(error, _inside(error.__traceback__))
        ready()
        namespace = sys.modules["__main__"].__dict__
        try:
            exec(code, namespace)
        except SystemExit:
            raise
        except BaseException as error:
            # The first entry of the traceback is this very line.
            return _end_with(error, error.__traceback__ and error.__traceback__.tb_next)
        return 0


class Script(Program):
    """A file of Python code, or a directory or zip file with a `__main__.py` in it."""

    def load(self) -> CodeType:
        if pkgutil.get_importer(self.name) is not None:
            return self._load_container()
        path = os.path.abspath(self.name)
        sys.argv[:] = [self.name, *self.arguments]
        _set_first_path(os.path.dirname(os.path.realpath(path)))
        try:
            with io.open_code(path) as file:
                content = file.read()  # once: it may be a pipe
        except OSError as error:
            raise NoFile(
                f"can't open file {path!r}: [Errno {error.errno}] {error.strerror}"
            ) from None
        code = pkgutil.read_code(io.BytesIO(content))
        machinery = importlib.machinery
        make = machinery.SourceFileLoader if code is None else machinery.SourcelessFileLoader
        _make_main(__file__=path, __cached__=None, __loader__=make("__main__", path))
        return code or compile(content, path, "exec", dont_inherit=True)

    def _load_container(self) -> CodeType:
        sys.argv[:] = [self.name, *self.arguments]
        # Also in safe mode: the program is what the user named, not what lies about.
        path = os.path.abspath(self.name)
        if sys.flags.safe_path:
            sys.path.insert(0, path)
        else:
            sys.path[0] = path
        return _become(_find_main(NoProgram))


class Module(Program):
    """A module by its name, as with -m."""

    def load(self) -> CodeType:
        sys.argv[:] = ["-m", *self.arguments]
        _set_first_path(os.getcwd())
        code = _become(_find_module(self.name, NoProgram))
        sys.argv[0] = sys.modules["__main__"].__file__ or self.name
        return code


class Code(Program):
    """The code itself, as with -c."""

    def load(self) -> CodeType:
        sys.argv[:] = ["-c", *self.arguments]
        _set_first_path("")
        _make_main(__loader__=importlib.machinery.BuiltinImporter)
        code = compile(self.name, "<string>", "exec", dont_inherit=True)
        if _remember_source is not None:
            # 3.13.0 knows the source by its name, later releases by the code object.
            by_code = hasattr(linecache, "_interactive_cache")
            _remember_source(code if by_code else "<string>", self.name, "<string>")
        return code


def _set_first_path(directory: str) -> None:
    """Put the program's directory where the interpreter has put trueloop's."""
    if not sys.flags.safe_path:  # -P, -I: the interpreter has put nothing there
        sys.path[0] = directory


def _make_main(**attributes: Any) -> None:
    """A fresh `__main__` module. The old one was trueloop's command."""
    if sys.version_info >= (3, 15):  # modules have no __cached__ any more
        attributes.pop("__cached__", None)
    main = ModuleType("__main__")
    main.__dict__.update(
        {"__annotations__": {}, "__builtins__": builtins, "__package__": None, "__spec__": None}
        | attributes
    )
    sys.modules["__main__"] = main


def _become(details: tuple[str, importlib.machinery.ModuleSpec, CodeType]) -> CodeType:
    """Make `__main__` the module that runpy has found; its code."""
    _, spec, code = details
    _make_main(
        __file__=spec.origin,
        __cached__=spec.cached,
        __loader__=spec.loader,
        __package__=spec.parent,
        __spec__=spec,
    )
    return code


def _inside(traceback: TracebackType | None) -> TracebackType | None:
    """The part of a traceback that is neither ours nor runpy's."""
    while traceback is not None and traceback.tb_frame.f_code.co_filename in _OUTER_FILES:
        traceback = traceback.tb_next
    return traceback


def _end_with(error: BaseException, shown: TracebackType | None) -> int:
    """Show an exception that nobody caught, as the interpreter does; the exit status.

    A KeyboardInterrupt is raised again, silently, so that the interpreter ends the process by
    SIGINT.
    """
    error = error.with_traceback(shown)
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, shown
    if sys.version_info >= (3, 12):
        sys.last_exc = error
    try:
        sys.excepthook(type(error), error, shown)
    except SystemExit:
        raise
    except BaseException as mistake:
        inside = mistake.__traceback__ and mistake.__traceback__.tb_next
        print("Error in sys.excepthook:", file=sys.stderr)
        traceback.print_exception(mistake.with_traceback(inside))
        print("\nOriginal exception was:", file=sys.stderr)
        traceback.print_exception(error)
    if isinstance(error, KeyboardInterrupt):
        sys.excepthook = _show_nothing
        raise error
    return FAILED


def _show_nothing(*_: object) -> None:
    pass
