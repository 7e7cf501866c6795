"""Decides which of CPython's tests run: all that this Python has, less the reasoned skips.

Owns the list of modules, the classes that CPython's suite does not have because it knows one C
implementation only (ours mixed with asyncio's C classes, and on a real loop), and `skips.toml`.
"""

import asyncio
import importlib
import importlib.util
import inspect
import shutil
import sys
import tomllib
import unittest
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.conformance.substitution import Substitute

SKIPS = Path(__file__).with_name("skips.toml")
# Another platform's loops; they skip themselves here, after a slow import.
ELSEWHERE = {"test_proactor_events", "test_windows_events", "test_windows_utils"}
# Beyond asyncio's own folder: what the language and unittest promise of a loop.
FURTHER = ("test.test_asyncgen", "test.test_coroutines", "test.test_contextlib_async")
ASYNC_CASE = ("test.test_unittest.test_async_case", "unittest.test.test_async_case")

TestClass = type[unittest.TestCase]


def modules() -> list[str]:
    """Full names of the test modules of the running Python.

    Raises:
        ModuleNotFoundError: this Python was installed without its tests.
    """
    package = importlib.import_module("test.test_asyncio")
    names = {path.stem for path in Path(package.__path__[0]).glob("test_*.py")} - ELSEWHERE
    own = [f"test.test_asyncio.{name}" for name in sorted(names)]
    return own + [name for name in (*FURTHER, *ASYNC_CASE) if _exists(name)]


def copy_tests(folder: Path) -> Path:
    """Copy the running Python's tests into a folder, which is the answer."""
    package = importlib.import_module("test")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(package.__path__[0], folder / "test", ignore=ignored, dirs_exist_ok=True)
    return folder


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def skips(*, accelerated: bool = False) -> dict[str, str]:
    """Reason by test, named `module.Class.test`, for the tests skipped on this Python version.

    A name that ends in `.*` stands for a whole class. `accelerated`: and for those that are skipped
    only with trueloop's primitives under asyncio's names.
    """
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    entries: Iterable[dict[str, Any]] = tomllib.loads(SKIPS.read_text()).get("skip", [])
    return {
        entry["test"]: entry["reason"]
        for entry in entries
        if version in entry.get("versions", [version])
        and accelerated >= entry.get("accelerated", False)
    }


def chosen_tests(
    module_name: str, substitute: Substitute, *, accelerated: bool = False
) -> list[unittest.TestCase]:
    """The tests of one module, in CPython's order, then the further classes of ours.

    Reasoned skips are part of the list, as tests that skip themselves with the reason.
    """
    from test import support

    # Everything but the network; CPython's asyncio tests use loopback only.
    support.use_resources = ["cpu", "largefile", "subprocess", "walltime"]
    module = importlib.import_module(module_name)
    loader = unittest.TestLoader()
    tests = list(_flatten(loader.loadTestsFromModule(module)))
    if not substitute.is_stock:
        for further in _further_classes(module, substitute):
            setattr(module, further.__name__, further)  # where pickle and unittest look for it
            tests += _flatten(loader.loadTestsFromTestCase(further))
    reasons = {} if substitute.is_stock else skips(accelerated=accelerated)
    return [
        _skipping(test, reasons.get(test.id()) or reasons.get(f"{_class_of(test)}.*"))
        for test in tests
    ]


def _class_of(test: unittest.TestCase) -> str:
    return test.id().rpartition(".")[0]


def _flatten(suite: Any) -> Iterator[unittest.TestCase]:
    if isinstance(suite, unittest.TestCase):
        yield suite
    else:
        for part in suite:
            yield from _flatten(part)


def _skipping(test: unittest.TestCase, reason: str | None) -> unittest.TestCase:
    if reason is not None:
        setattr(test, test._testMethodName, unittest.skip(reason)(lambda: None))
    return test


def _further_classes(module: ModuleType, substitute: Substitute) -> Iterator[TestClass]:
    """Test classes of one module that CPython's suite does not have."""
    if substitute.task is None:
        return
    classes = [value for _, value in inspect.getmembers(module, _is_test_class)]
    if module.__name__.endswith(".test_tasks"):
        from test.test_asyncio.utils import TestCase

        for task, future in (
            (substitute.task, asyncio.Future),
            (asyncio.Task, substitute.future),
        ):
            name = f"{task.__module__}_Task_{future.__module__}_Future_Tests".replace(".", "_")
            # Asked by the tests of 3.14 and later.
            asking = {
                function: staticmethod(getattr(asyncio, function))
                for function in ("all_tasks", "current_task")
            }
            bases = module.BaseTaskTests, TestCase
            mixed = _derive(name, bases, Task=task, Future=future, **asking)
            mixed.__module__ = module.__name__
            yield mixed
    if module.__name__.endswith((".test_tasks", ".test_futures")):
        for test_class in classes:
            if test_class.__module__ == module.__name__ and _is_about(test_class, substitute):
                yield _on_real_loop(test_class, substitute)


def _is_test_class(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, unittest.TestCase)


def _is_about(test_class: TestClass, substitute: Substitute) -> bool:
    """Whether the class tests our Task or Future, or leaves the choice to the loop."""
    named = [getattr(test_class, name, None) for name in ("Task", "Future", "cls")]
    ours = substitute.task, substitute.future
    chosen = [one for one in named if isinstance(one, type)]
    return not chosen or any(own in one.__mro__ for one in chosen for own in ours)


def _on_real_loop(test_class: TestClass, substitute: Substitute) -> TestClass:
    """The same tests on the loop under test, where CPython uses one with a virtual clock."""

    def new_test_loop(self: Any, gen: object = None) -> Any:
        if gen is not None:
            raise unittest.SkipTest("drives the virtual clock of CPython's TestLoop")
        loop = substitute.new_loop()
        self.set_event_loop(loop)
        return loop

    name = f"{test_class.__name__}_OnRealLoop"
    return _derive(name, (test_class,), new_test_loop=new_test_loop)


def _derive(name: str, bases: tuple[type, ...], **members: Any) -> TestClass:
    return type(name, bases, {"__module__": bases[0].__module__, "__qualname__": name, **members})
