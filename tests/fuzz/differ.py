"""Differ: one tape on asyncio and on trueloop, plain and with native primitives.

Law: asyncio is the model. What it does not promise, and where trueloop is meant to differ, the
players leave out; so any difference is a finding.
"""

import asyncio
import contextlib
import gc
import warnings
from collections.abc import Iterator
from itertools import zip_longest
from types import SimpleNamespace

import trueloop
from tests.fuzz.schedule import Player
from tests.fuzz.tape import Tape
from trueloop import primitives

ACCELERATED = SimpleNamespace(**{**vars(asyncio), **vars(primitives)})


class Difference(AssertionError):
    """trueloop did what asyncio does not."""


@contextlib.contextmanager
def fresh(loop: asyncio.AbstractEventLoop) -> Iterator[asyncio.AbstractEventLoop]:
    try:
        yield loop
    finally:
        loop.close()
        gc.collect(1)


def play(data: bytes, way: str) -> list[str]:
    """The log of one run: on "asyncio", on trueloop "plain", or "accelerated"."""
    make = asyncio.SelectorEventLoop if way == "asyncio" else trueloop.new_event_loop
    names = ACCELERATED if way == "accelerated" else asyncio
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # coroutines that nobody came to await
        with fresh(make()) as loop:
            return Player(loop, names, Tape(data)).play()


def compare(data: bytes) -> None:
    """Raises Difference, with the place, if the logs are not the same."""
    model = play(data, "asyncio")
    for way in ("plain", "accelerated"):
        ours = play(data, way)
        if ours != model:
            raise Difference(difference(model, ours, way))


def difference(model: list[str], ours: list[str], way: str) -> str:
    """Where two logs part, with what led there."""
    for place, (theirs, mine) in enumerate(zip_longest(model, ours)):
        if theirs != mine:
            before = "\n  ".join(model[max(0, place - 12) : place])
            then = f"asyncio: {model[place : place + 4]}\ntrueloop: {ours[place : place + 4]}"
            return f"{way}, entry {place}\n  {before}\n{then}"
    return "none"
