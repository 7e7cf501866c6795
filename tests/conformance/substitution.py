"""Puts the loop under test where CPython's tests expect asyncio's own.

Owns every patch of asyncio that a conformance run makes. CPython's suite runs its Task and Future
tests on a C and on a Python implementation: the classes under test take the seat of the C one,
so that each mixture with the Python classes is covered by tests that exist already.
Knows nothing of which tests run; must be applied before a test module is imported.
"""

import asyncio
import asyncio.base_events
import asyncio.futures
import asyncio.tasks
import asyncio.unix_events
import importlib
import selectors
import unittest
from collections.abc import Callable
from typing import Any


class Substitute:
    """The loop under test, named `MODULE:FACTORY`, with its module's own Task and Future, if any.

    Raises:
        ImportError, AttributeError: there is no such module or factory.
    """

    def __init__(self, name: str) -> None:
        module_name, _, factory_name = name.partition(":")
        module = importlib.import_module(module_name)
        self._factory: Callable[[], Any] = getattr(module, factory_name)
        self.is_stock = module is asyncio
        own = getattr(module, "Task", None), getattr(module, "Future", None)
        has_own = isinstance(own[0], type) and own[0] is not asyncio.Task
        self.task, self.future = own if has_own else (None, None)
        self.loops_made = 0

    def new_loop(self) -> Any:
        """Make one loop under test, and count it: a run that made none has proven nothing."""
        self.loops_made += 1
        return self._factory()

    def apply(self) -> None:
        """Patch asyncio. Stock asyncio under test stays as it is, but for the counting."""
        if self.is_stock:
            self._factory = asyncio.SelectorEventLoop
        # On the class: tests reset the policy itself by set_event_loop_policy(None).
        policy: Any = asyncio.unix_events._UnixDefaultEventLoopPolicy
        policy._loop_factory = staticmethod(self.new_loop)
        if self.is_stock:
            return
        names: Any = asyncio
        base = self._stand_in(asyncio.BaseEventLoop)
        names.BaseEventLoop = names.base_events.BaseEventLoop = base
        names.SelectorEventLoop = self._stand_in(asyncio.SelectorEventLoop)
        if hasattr(asyncio, "EventLoop"):
            names.EventLoop = names.SelectorEventLoop
        if self.task is not None:
            names.tasks._CTask = self.task
            names.futures._CFuture = self.future

    def _stand_in(self, stock: type) -> type:
        """A class that can be inherited from as the stock one can, but makes loops under test."""

        class AsStock(type(stock)):  # type: ignore[misc]
            def __instancecheck__(cls, instance: object) -> bool:
                return isinstance(instance, stock)

        class StandIn(stock, metaclass=AsStock):  # type: ignore[misc]
            def __new__(cls, *args: Any) -> Any:
                return self._in_place_of(*args) if cls is StandIn else super().__new__(cls)

        StandIn.__name__ = StandIn.__qualname__ = stock.__name__
        return StandIn

    def _in_place_of(self, selector: selectors.BaseSelector | None = None) -> Any:
        """A loop under test; one test class per stock selector is enough."""
        if selector is not None:
            selector.close()
            if not isinstance(selector, selectors.EpollSelector):
                raise unittest.SkipTest("the same tests as with epoll, on another stock selector")
        return self.new_loop()
