"""The private names of CPython that the marriage rests on: there, and all of them in the table."""

import asyncio
import inspect
import re
import sys
from pathlib import Path

import pytest

import trueloop
from trueloop import livetasks
from trueloop.kernel import currenttask
from trueloop.kernel.cancellation import request_of
from trueloop.loop import PRIVATE_NAMES

VERSION = sys.version.split()[0]
NAMES = [(owner, name) for owner, names in PRIVATE_NAMES.items() for name in names]
PACKAGE = Path(inspect.getfile(trueloop)).parent

# Names of asyncio's modules and classes, as the sources of trueloop refer to them.
MODULES = {
    "base_events": asyncio.base_events,
    "base_futures": asyncio.base_futures,
    "base_tasks": asyncio.base_tasks,
    "constants": asyncio.constants,
    "coroutines": asyncio.coroutines,
    "events": asyncio.events,
    "format_helpers": asyncio.format_helpers,
    "futures": asyncio.futures,
    "runners": asyncio.runners,
    "selector_events": asyncio.selector_events,
    "sslproto": asyncio.sslproto,
    "taskgroups": asyncio.taskgroups,
    "tasks": asyncio.tasks,
    "transports": asyncio.transports,
    "trsock": asyncio.trsock,
    "unix_events": asyncio.unix_events,
}


def shown(value):
    return getattr(value, "__name__", value) if not isinstance(value, str) else value


@pytest.mark.parametrize(("owner", "name"), NAMES, ids=shown)
def test_the_name_exists(owner, name):
    assert hasattr(owner, name), (
        f"CPython {VERSION} has no {shown(owner)}.{name} any more, on which trueloop relies: "
        f"read what asyncio does instead and change the users of that name"
    )


@pytest.mark.parametrize(("owner", "name"), NAMES, ids=shown)
def test_the_name_is_looked_up_where_the_table_says(owner, name):
    """A method found on `object` or on trueloop's own class would prove nothing."""
    found = getattr(owner, name, None)
    module = getattr(found, "__module__", None) or ""
    assert not module.startswith("trueloop"), f"{shown(owner)}.{name} is trueloop's own"


def native_sources():
    """The kernel's sources: in a checkout, not in an installed wheel."""
    here = Path(__file__).resolve()
    for root in (PACKAGE, here.parent.parent.parent / "src" / "trueloop"):
        if found := sorted((root / "kernel").glob("*.pyx")):
            return found
    return []


def used_in(text):
    """(module, private name) pairs that a source uses of asyncio."""
    found = set(re.findall(r"\b(\w+)\.(_[A-Za-z]\w*)\b", text))
    for module, names in re.findall(r"from asyncio\.(\w+) import ([^\n]+)", text):
        found |= {(module, name.strip()) for name in names.split(",") if name.strip()[0] == "_"}
    return {(module, name) for module, name in found if module in MODULES}


def test_the_table_is_complete():
    sources = [*native_sources(), PACKAGE / "loop.py", PACKAGE / "livetasks.py"]
    if not native_sources():
        pytest.skip("an installed wheel has no native sources to read")
    known = {(shown(owner).rpartition(".")[2], name) for owner, name in NAMES}
    known |= {
        (owner.__module__.rpartition(".")[2], owner.__name__)
        for owner in PRIVATE_NAMES
        if inspect.isclass(owner)
    }
    missing = {
        f"{module}.{name} ({source.name})"
        for source in sources
        for module, name in used_in(source.read_text())
        if (module, name) not in known and not optional(module, name)
    }
    assert not missing, f"not in trueloop.loop.PRIVATE_NAMES: {sorted(missing)}"


def optional(module, name):
    """Names that exist on some versions only, and are asked for with a default."""
    return not hasattr(MODULES[module], name) or name in {
        "_scheduled_tasks",
        "_all_tasks",
        "_current_tasks",
        "_asyncio",
    }


def test_all_tasks_reads_a_set_that_trueloop_has_joined():
    assert isinstance(livetasks._where_asyncio_registers(), livetasks.TaskSet), (
        f"CPython {VERSION} keeps its tasks elsewhere: each one of ours is registered, slowly"
    )


def test_current_task_reads_what_the_kernel_writes():
    assert currenttask.publishes_natively(), (
        f"CPython {VERSION} keeps the current task elsewhere: each step calls a Python function"
    )

    async def main():
        return asyncio.current_task()

    task = trueloop.run(main())
    assert isinstance(task, trueloop.Task)


def test_the_field_that_carries_a_request_is_nobody_elses():
    """Exceptions have a field `notes` that CPython keeps empty; the requests ride there."""

    async def main():
        task = asyncio.create_task(asyncio.sleep(3600))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as raised:
            await task
        return raised.value

    error = trueloop.run(main())
    carried = request_of(error)
    assert carried is not None
    error.add_note("a note")
    assert "a note" in error.__notes__
    assert request_of(error) is carried

    plain = asyncio.CancelledError()
    plain.add_note("a note")
    assert request_of(plain) is None
