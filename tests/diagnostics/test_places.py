"""Places: whose code a file holds, and which line of several is the developer's."""

import asyncio
import json
import os
import sys
import types

import pytest

import trueloop
from trueloop.diagnostics import places
from trueloop.diagnostics.places import LOOP_FILE, Origin, Place


@pytest.mark.parametrize(
    ("file", "whose"),
    [
        ("/srv/app/main.py", Origin.USER),
        ("/srv/my-site-packages-tool/main.py", Origin.USER),
        ("/srv/.venv/lib/python3.12/site-packages/anyio/_core.py", Origin.INSTALLED),
        ("/usr/lib/python3/dist-packages/yaml/__init__.py", Origin.INSTALLED),
        ("asyncpg/protocol/protocol.pyx", Origin.INSTALLED),
        (asyncio.tasks.__file__, Origin.STDLIB),
        (os.path.realpath(json.__file__), Origin.STDLIB),
        ("<frozen importlib._bootstrap>", Origin.STDLIB),
        ("<attrs generated init app.Config>", Origin.STDLIB),
        ("<ipython-input-3-abc>", Origin.USER),
        ("<python-input-0>", Origin.USER),
        (trueloop.__file__, Origin.TRUELOOP),
        (LOOP_FILE, Origin.TRUELOOP),
        ("src/trueloop/kernel/future.pyx", Origin.TRUELOOP),
    ],
)
def test_origin_is_known(file, whose):
    assert places.origin(file) is whose


def test_typed_code_is_the_users_if_there_is_no_script(monkeypatch):
    monkeypatch.setattr(places, "_origins", {})
    assert places.origin("<string>") is Origin.STDLIB  # generated: pytest is a script

    monkeypatch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))
    monkeypatch.setattr(places, "_origins", {})
    assert places.origin("<string>") is Origin.USER


USER = Place("/srv/app/main.py", 3, "main")
OUTER = Place("/srv/app/start.py", 9, "start")
INSTALLED = Place("/x/site-packages/lib/a.py", 5, "call")
STDLIB = Place(json.__file__, 7, "dumps")
OURS = Place(LOOP_FILE, 1, "run_forever")


@pytest.mark.parametrize(
    ("stack", "best"),
    [
        ([], None),
        ([STDLIB, INSTALLED, USER, OUTER], USER),
        ([STDLIB, INSTALLED, OURS], INSTALLED),
        ([OURS, STDLIB], STDLIB),
        ([OURS], OURS),
    ],
)
def test_innermost_line_of_the_users_own_code_is_foremost(stack, best):
    assert places.foremost(stack) == best


def test_places_of_a_traceback_begin_with_the_raise():
    def fail():
        raise ValueError

    with pytest.raises(ValueError) as caught:  # noqa: PT011 the traceback is what matters
        fail()

    names = [place.function for place in places.of_traceback(caught.value.__traceback__)]
    assert names[0].endswith("<locals>.fail")
    assert names[1] == "test_places_of_a_traceback_begin_with_the_raise"


def test_places_of_a_coroutine_begin_where_it_is_suspended():
    class Forever:
        def __await__(self):
            yield

    async def inner():
        await Forever()

    async def generate():
        await inner()
        yield

    async def outer():
        async for _ in generate():
            pass

    coroutine = outer()
    coroutine.send(None)
    names = [place.function.rpartition(".")[2] for place in places.of_coroutine(coroutine)]
    coroutine.close()

    assert names[-1] == "outer"
    assert names[0] in ("__await__", "outer")  # 3.11 shows no way into an asynchronous generator
    assert places.of_coroutine(coroutine) == ()


def test_caller_is_the_innermost_line_outside_trueloop():
    def caller():
        return places.of_caller()

    here = caller()

    assert here.function.endswith("<locals>.caller")
    assert here.file == __file__


def test_kernels_own_frames_are_no_known_place():
    assert places.of_tuple(None) is None
    assert places.of_tuple((LOOP_FILE, 3, "run_forever")) is None
    assert places.of_tuple((asyncio.tasks.__file__, 3, "gather")) is None
    assert places.of_tuple(("/srv/app/main.py", None, "main")) == Place(
        "/srv/app/main.py", 0, "main"
    )
