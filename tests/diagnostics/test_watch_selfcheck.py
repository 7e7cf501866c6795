"""A watch that would read stacks wrongly finds that out before it starts, and looks politely."""

import ctypes
import importlib.machinery
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import textwrap
import threading
import time
from pathlib import Path

import pytest

from tests.diagnostics.fake_beat import SECOND_NS, FakeLoop, watched
from trueloop.diagnostics import watch
from trueloop.diagnostics.detectors.blocked_loop import dominating, own_samples
from trueloop.diagnostics.watch import _native, selfcheck

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src/trueloop/diagnostics/watch"
KERNEL = "src/trueloop/kernel"
COMPILER = shutil.which("cc")
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="there is no C compiler")
fallback = "polite" if _native.can_be_polite() else "none"


@pytest.fixture(autouse=True)
def no_watch_runs():
    before = watch.status()
    watch.stop()
    yield
    watch.stop()
    if before.is_running:
        watch.start(
            beats_address=before.beats_address,
            ticks_per_second=before.ticks_per_second,
            hardware_clock=before.hardware_clock,
        )


def test_reader_agrees_with_python():
    assert selfcheck.agrees()
    assert selfcheck.way_to_look() == "native"


def test_check_takes_little_time_and_leaves_nothing_open():
    descriptors = set(os.listdir("/proc/self/fd"))
    assert selfcheck.agrees()
    assert set(os.listdir("/proc/self/fd")) == descriptors


def changed(*, file="{}", line=0, function="{}", frames=slice(None)):
    """A reader that is wrong in one respect about the frames `frames`."""

    def own_stack():
        seen = list(_native.own_stack()[1:])  # without this frame
        for number in range(len(seen))[frames]:
            name, at, what = seen[number]
            seen[number] = file.format(name), at + line, function.format(what)
        return tuple(seen)

    return own_stack


def test_a_reader_that_goes_through_python_is_believed():
    assert selfcheck.agrees(changed())


@pytest.mark.parametrize(
    "wrong",
    [
        changed(line=1),
        changed(line=-1, frames=slice(0, 1)),
        changed(line=1, frames=slice(3, 4)),
        changed(file="{}c"),
        changed(function="x{}", frames=slice(1, 2)),
        lambda: _native.own_stack()[2:],
        lambda: _native.own_stack()[1:4],
        lambda: (),
        lambda: None,
    ],
    ids=[
        "every line",
        "innermost line",
        "one line",
        "file",
        "function",
        "frame left out",
        "cut off",
        "empty",
        "nothing read",
    ],
)
def test_a_reader_that_is_wrong_is_found_out(wrong):
    assert not selfcheck.agrees(wrong)


def test_a_wrong_reader_is_not_used(monkeypatch):
    monkeypatch.setattr(selfcheck, "agrees", lambda: False)
    assert selfcheck.way_to_look() == fallback


def test_stack_cannot_be_tried_while_the_watch_reads():
    with watched(FakeLoop()):
        assert _native.own_stack() is None


def test_start_says_once_that_it_looks_politely(monkeypatch, caplog):
    monkeypatch.setattr(selfcheck, "agrees", lambda: False)
    monkeypatch.setattr(watch, "_told", False)
    nothing = ctypes.c_void_p()  # a list without beats
    address = ctypes.addressof(nothing)
    try:
        watch.start(beats_address=address, ticks_per_second=1e9)
        assert watch.status().stacks == fallback
        watch.stop()
        watch.start(beats_address=address, ticks_per_second=1e9)
        assert watch.status().stacks == fallback
    finally:
        watch.stop()
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("trueloop.notice", "WARNING")
    assert "the stack frames of this Python" in record.message
    assert "\n" not in record.message


def test_without_any_way_to_look_stalls_are_still_measured():
    loop = FakeLoop(slow_s=0.05)
    with watched(loop, stacks="none"):
        stall = loop.step(lambda: time.sleep(0.3))
    assert stall is not None
    assert stall.samples == ()


needs_gil = pytest.mark.skipif(fallback != "polite", reason="no polite looks without a GIL")


@needs_gil
def test_polite_watch_blames_nobody_for_a_wait_for_the_gil():
    hold_gil = ctypes.PyDLL(None).usleep
    loop = FakeLoop(slow_s=0.05)
    begun, done = [], []

    def hold():
        begun.append(loop.begin())
        hold_gil(300_000)
        done.append(True)

    with watched(loop, stacks="polite"):
        thread = threading.Thread(target=hold)
        thread.start()
        while not done:
            pass
        loop.end()
        duration_s = (time.monotonic_ns() - begun[0]) / SECOND_NS
        stall = watch.take(loop.address, begun[0])
        thread.join()
    lost_s = max(stall.starved_s, stall.watch_late_s) + stall.gil_s
    blamed = dominating(own_samples(stall), duration_s)
    assert blamed is None or duration_s - lost_s < 0.05


@needs_gil
@pytest.mark.skipif(
    "libasan" in os.environ.get("LD_PRELOAD", ""),
    reason="libasan's own lock, held at the fork by the watch thread, may stop the child for good",
)
def test_polite_watch_is_polite_in_a_forked_child():
    loop = FakeLoop(slow_s=0.05)
    with watched(loop, stacks="polite"):
        child = subprocess_of(
            """
            import os, sys, threading, time, warnings
            from tests.diagnostics.fake_beat import FakeLoop, watched
            from trueloop.diagnostics import watch
            warnings.simplefilter("ignore", DeprecationWarning)  # fork beside a thread
            loop = FakeLoop(slow_s=0.05)
            with watched(loop, stacks="polite"):
                child = os.fork()
                stall = None
                for _ in range(5):
                    loop.enter_thread()
                    stall = stall or loop.step(lambda: time.sleep(0.3))
                os.write(1, f"{watch.status().stacks} {len(stall.samples) > 0}\\n".encode())
                if child == 0:
                    os._exit(0)
                os.waitpid(child, 0)
            """
        )
    assert child.split() == ["polite", "True"] * 2


def subprocess_of(code, **environment):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def compile_c(*arguments):
    include = [sysconfig.get_path("include"), sysconfig.get_path("platinclude"), ROOT / KERNEL]
    flags = ["-fPIC", "-O0", "-std=gnu11", "-w", *(f"-I{folder}" for folder in include)]
    subprocess.run([COMPILER, *flags, *arguments], check=True)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """The sources of the native module, each with its object file beside it."""
    folder = tmp_path_factory.mktemp("watch")
    for source in [*SOURCES.glob("*.c"), *SOURCES.glob("*.h")]:
        shutil.copy(source, folder)
    for source in folder.glob("*.c"):
        compile_c("-c", source, "-o", source.with_suffix(".o"))
    return folder


@pytest.fixture
def build(compiled, tmp_path):
    """build(pattern, old, new): the native module with one place of its sources changed."""

    def build(pattern, old, new):
        copy = tmp_path / "watch"
        shutil.copytree(compiled, copy)
        for file in copy.glob(pattern):
            text = file.read_text()
            assert old in text
            file.write_text(text.replace(old, new))
        for name in ("code", "frames", "gil", "pystring"):  # what knows of layouts
            compile_c("-c", copy / f"{name}.c", "-o", copy / f"{name}.o")
        compile_c("-shared", *copy.glob("*.o"), "-o", tmp_path / "_native.so", "-lpthread")
        return tmp_path / "_native.so"

    return build


def load(path):
    loader = importlib.machinery.ExtensionFileLoader("_native", str(path))
    spec = importlib.util.spec_from_file_location("_native", path, loader=loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@needs_compiler
@pytest.mark.parametrize(
    "change",
    [
        ("layout_3_*.h", "PyCodeObject, co_code_adaptive", "PyCodeObject, co_code_adaptive) - (16"),
        ("layout_3_*.h", "tl_read(&frame, ", "tl_read(&frame, 8 + (char *)"),
        ("code.c", "= raw.co_qualname", "= raw.co_localsplusnames"),
        ("code.c", "= raw.co_linetable", "= raw.co_exceptiontable"),
        ("code.c", "&raw, address", "&raw, 8 + (char *)address"),
        ("frames.c", "address = frame.previous", "address = frame.f_globals"),
        ("frames.c", "tl_read(frame, address", "tl_read(frame, 8 + (char *)address"),
    ],
    ids=["bytecode", "thread", "name", "lines", "code", "chain", "frame"],
)
def test_a_python_that_is_laid_out_otherwise_is_found_out(build, change):
    assert not selfcheck.agrees(load(build(*change)).own_stack)


@needs_compiler
def test_the_reader_that_the_others_are_made_from_is_right(build):
    assert selfcheck.agrees(load(build("code.c", "", "")).own_stack)


PROGRAM = """
import importlib.machinery, importlib.util, sys, time
path = {path!r}
name = "trueloop.diagnostics.watch._native"
loader = importlib.machinery.ExtensionFileLoader(name, path)
spec = importlib.util.spec_from_file_location(name, path, loader=loader)
sys.modules[name] = importlib.util.module_from_spec(spec)
loader.exec_module(sys.modules[name])
import trueloop.diagnostics
from tests.diagnostics.fake_beat import SECOND_NS, FakeLoop
from trueloop.diagnostics import watch
import ctypes
loop = FakeLoop(slow_s=0.05)
head = ctypes.c_void_p(loop.address)
watch.start(beats_address=ctypes.addressof(head), ticks_per_second=SECOND_NS)
print(watch.status().stacks)
def block():
    time.sleep(0.3)
stall = None
for _ in range(5):
    stall = stall or loop.step(block)
print([frame.line for frame in stall.samples[-1].frames if frame.function == "block"] or "none"
      if stall.samples else "none")
"""


@needs_compiler
def test_on_a_python_that_nobody_has_described_a_stall_is_seen_all_the_same(build):
    path = str(build("layout.h", "defined(PYPY_VERSION)", "1"))
    stacks, seen = subprocess_of(PROGRAM.format(path=path)).splitlines()
    line = next(n for n, text in enumerate(PROGRAM.splitlines(), 1) if "time.sleep" in text)
    assert stacks == fallback
    assert seen == (f"[{line}]" if fallback == "polite" else "none")
