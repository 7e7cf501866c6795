"""The watch thread writes a finding itself while a stall lasts that may never end."""

import contextlib
import dataclasses
import json
import os
import sysconfig
import threading
import time

import pytest

from tests.diagnostics.fake_beat import FakeLoop, watched
from trueloop.diagnostics import watch
from trueloop.diagnostics.detectors.blocked_loop import HINT
from trueloop.diagnostics.finding import Finding, Severity
from trueloop.diagnostics.places import Place
from trueloop.diagnostics.terminal import Pen
from trueloop.diagnostics.text import as_text


class Listener:
    """Both ends of two pipes: the watch writes, the blocked step waits until it has."""

    def __init__(self) -> None:
        self.text_out, self.text_in = os.pipe()
        self.json_out, self.json_in = os.pipe()

    def close(self) -> None:
        for fd in (self.text_out, self.text_in, self.json_out, self.json_in):
            os.close(fd)

    def block_until_told(self) -> None:
        """Block, as a step would, until the line of JSON is there."""
        self.finding = json.loads(os.read(self.json_out, 65536))
        self.text = os.read(self.text_out, 65536).decode()

    def is_silent(self) -> bool:
        for fd in (self.text_out, self.json_out):
            os.set_blocking(fd, False)
        try:
            return not (os.read(self.json_out, 1) or os.read(self.text_out, 1))
        except BlockingIOError:
            return True


@pytest.fixture
def listener():
    listener = Listener()
    watch.announce(listener.text_in, listener.json_in)
    yield listener
    watch.announce(-1, -1)
    listener.close()


@pytest.fixture
def loop():
    loop = FakeLoop(slow_s=0.02)
    with watched(loop):
        yield loop


def named(name: str, source: str, **names: object):
    """The function `f` of this source, in a file of that name."""
    exec(compile(source, name, "exec"), names)
    return names["f"]


def test_writes_the_finding_while_the_step_still_runs(loop, listener):
    line = listener.block_until_told.__code__.co_firstlineno + 2
    stall = loop.step(listener.block_until_told)
    finding = listener.finding
    assert list(finding) == [
        "kind", "severity", "message", "hint", "time", "count", "task", "where", "stack",
        "related", "details",
    ]  # fmt: skip
    assert finding["kind"] == "blocked-loop"
    assert finding["severity"] == "error"
    assert finding["count"] == 1
    assert finding["task"] is None
    assert finding["related"] == []
    where = {"file": __file__, "line": line, "function": "Listener.block_until_told"}
    assert finding["where"] == where
    assert finding["stack"][0] == where
    assert finding["stack"][1]["function"] == "FakeLoop.step"
    assert abs(finding["time"] - time.time()) < 60
    details = finding["details"]
    assert details["duration_s"] >= 0.2
    assert details["threshold_s"] == 0.02
    assert details["at_this_line_s"] == details["duration_s"]
    assert details["mostly"] == "syscall"
    assert finding["message"] == (
        f"Listener.block_until_told has held the loop for {details['duration_s']:.3g} s so far "
        f"(allowed: 0.02 s), in the system call {details['syscall']}; nothing else can run"
    )
    assert stall is not None
    assert stall.announced
    assert stall.announced_at == (__file__, line, "Listener.block_until_told")


# Around the guilty line, the fourth.
SOURCES = {
    "plain": b"\nimport time\ndef f(block):\n    block()\n    return 1\n",
    "alone": b"\n\n\nblock()\n\n\n",
    "at_the_end": b"\n\nx\nblock()",
    "tabs": b"\tif x:\n \t y =\t1\t# z\n\n\t\tblock()\t \n",
    "windows": b"one\r\ntwo\r\nthree\r\nblock()\r\nfive\r\n",
    "long": b"x" * 121 + b"\n" + b"y" * 120 + b"\n" + b"z" * 700 + b"\nblock()\n" + b"- " * 300,
    "wide": "# zwölf\n# 中文\nx\nblock()  # ".encode() + "\U0001f40d".encode() * 200 + b"\n",
    "control": b"'\x1b[2J\x7f'\n\x01\n'\xc2\x9b'\nblock()\n",
    "blank": b"one\ntwo\nthree\n   \nfive\n",
    "short": b"one\n",
}


@pytest.mark.parametrize("coloured", [False, True])
@pytest.mark.parametrize("name", SOURCES)
def test_text_is_what_the_text_sink_would_write_of_any_source(
    name, coloured, loop, listener, tmp_path
):
    path = tmp_path / "program.py"
    path.write_bytes(SOURCES[name])
    watch.announce(
        listener.text_in,
        listener.json_in,
        library_prefixes=[os.path.dirname(__file__)],
        coloured=coloured,
    )
    source = "\n\n\ndef f(): [block() for _ in range(1)]"  # two frames at one line, before 3.12
    loop.step(named(str(path), source, block=listener.block_until_told))
    finding = restored(listener.finding)
    own = tuple(place for place in finding.stack if place.file == str(path))
    finding = dataclasses.replace(finding, stack=own)
    assert listener.text == as_text(finding, Pen(coloured=coloured))


def test_report_whose_number_another_file_has_got_is_left_alone(loop, tmp_path):
    paths = [tmp_path / name for name in ("text", "json", "other")]
    text, report, other = (path.open("ab") for path in paths)
    watch.announce(text.fileno(), report.fileno())
    os.dup2(other.fileno(), report.fileno())

    def block():
        while not paths[0].stat().st_size:
            time.sleep(0.01)

    loop.step(block)
    watch.announce(-1, -1)
    for file in (text, report, other):
        file.close()
    assert [path.stat().st_size > 0 for path in paths] == [True, False, False]


def restored(found):
    """The finding that was written as this JSON."""
    return Finding(
        kind=found["kind"],
        severity=Severity.ERROR,
        message=found["message"],
        hint=found["hint"],
        time=found["time"],
        where=Place(**found["where"]),
        stack=tuple(Place(**frame) for frame in found["stack"]),
    )


def test_text_is_what_the_text_sink_would_write(loop, tmp_path):
    paths = tmp_path / "text", tmp_path / "json"

    def block():
        while not all(path.stat().st_size for path in paths):
            time.sleep(0.01)

    with paths[0].open("ab") as text, paths[1].open("ab") as report:
        watch.announce(
            text.fileno(),
            report.fileno(),
            library_prefixes=[sysconfig.get_path("stdlib") + os.sep],
        )
        loop.step(block)
        watch.announce(-1, -1)
    found = json.loads(paths[1].read_text())
    assert found["hint"] == HINT
    assert paths[0].read_text() == as_text(restored(found))


def test_blames_the_innermost_line_that_is_no_librarys(loop, listener):
    watch.announce(listener.text_in, listener.json_in, library_prefixes=["/lib/", "/opt/lib/"])
    block = named("/lib/inner.py", "def f(): block()", block=listener.block_until_told)
    program = named("/srv/app.py", "\ndef f():\n    block()", block=block)
    watch.announce(
        listener.text_in, listener.json_in, library_prefixes=["/lib/", os.path.dirname(__file__)]
    )
    loop.step(named("/lib/outer.py", "def f(): program()", program=program))
    assert listener.finding["where"] == {"file": "/srv/app.py", "line": 3, "function": "f"}


def test_blames_a_package_before_the_standard_library_and_never_who_runs_the_loop(loop, listener):
    watch.announce(listener.text_in, listener.json_in, library_prefixes=["/lib/", "/usr/"])
    # All of this file is "installed" here, and the program only runs the loop.
    step = named("/lib/thread.py", "def f(): block()", block=listener.block_until_told)
    package = named("/usr/site-packages/p.py", "def f(): step()", step=step)
    source = "def run_forever(): package()\nf = run_forever"
    run_forever = named("/lib/events.py", source, package=package)
    watch.announce(
        listener.text_in,
        listener.json_in,
        library_prefixes=["/lib/", os.path.dirname(__file__)],
    )
    loop.step(named("/srv/app.py", "def f(): run_forever()", run_forever=run_forever))
    assert listener.finding["where"]["file"] == "/usr/site-packages/p.py"
    assert "/srv/app.py" in [frame["file"] for frame in listener.finding["stack"]]


@pytest.mark.parametrize(
    "name",
    [
        '/"quoted\\.py',
        "/caf\xe9.py",
        "/\u4e2d\u6587.py",
        "/\U0001f40d.py",
        "/bytes\udce9.py",
        "/line\nfeed\x7f.py",
    ],
)
def test_any_file_name_survives_json(loop, listener, name):
    watch.announce(listener.text_in, listener.json_in, library_prefixes=[os.path.dirname(__file__)])
    loop.step(named(name, "def f(): block()", block=listener.block_until_told))
    assert listener.finding["where"]["file"] == name
    assert len(listener.text.splitlines()[0]) > 0


def test_each_place_is_announced_once(loop, listener):
    watch.announce(listener.text_in, listener.json_in, library_prefixes=[os.path.dirname(__file__)])
    program = named("/srv/app.py", "def f(wait): wait()")
    first = loop.step(lambda: program(listener.block_until_told))
    assert first is not None
    assert first.announced_at == ("/srv/app.py", 1, "f")
    second = loop.step(lambda: program(lambda: time.sleep(0.4)))
    assert second is not None
    assert second.announced_at is None
    assert listener.is_silent()


def test_says_nothing_while_somebody_debugs(loop, listener):
    debugger = named("/lib/pdb.py", "def f(): wait(0.4)", wait=time.sleep)
    stall = loop.step(debugger)
    assert stall is not None
    assert not stall.announced
    assert listener.is_silent()


def test_a_place_that_has_been_written_is_not_announced(loop, listener):
    def block():
        time.sleep(0.4)

    watch.written(__file__, block.__code__.co_firstlineno + 1)
    stall = loop.step(block)
    assert stall is not None
    assert stall.samples
    assert not stall.announced
    assert listener.is_silent()


@pytest.mark.parametrize(
    "rule",
    [(None, None), (os.path.basename(__file__), None), ("test_*.py", "bl?ck"), (None, "*.block")],
)
def test_rules_silence(loop, listener, rule):
    watch.announce(listener.text_in, listener.json_in, silenced=[rule])

    def block():
        time.sleep(0.4)

    stall = loop.step(block)
    assert stall is not None
    assert not stall.announced
    assert listener.is_silent()


@pytest.mark.parametrize(
    "rule", [("other.py", None), (None, "lock"), (os.path.basename(__file__), "x")]
)
def test_rules_about_other_places_do_not_silence(loop, listener, rule):
    watch.announce(listener.text_in, listener.json_in, silenced=[rule])
    stall = loop.step(listener.block_until_told)
    assert stall is not None
    assert stall.announced


@pytest.mark.parametrize(
    ("comment", "silent"),
    [
        ("# trueloop: ignore[blocked-loop]", True),
        ("#trueloop:ignore[ lost-exception , blocked-loop ]", True),
        ("# because: # trueloop: ignore[blocked-loop]", True),
        ("# trueloop: ignore[lost-exception]", False),
        ("# trueloop: ignore[blocked-loops]", False),
        ("# ignore[blocked-loop]", False),
    ],
)
def test_a_comment_on_the_line_silences(loop, listener, tmp_path, comment, silent):
    path = tmp_path / "program.py"
    path.write_text(f"import time\n\ndef f():\n    block() {comment}\n")

    def wait():
        time.sleep(0.4)

    block = wait if silent else listener.block_until_told
    watch.announce(listener.text_in, listener.json_in, library_prefixes=[os.path.dirname(__file__)])
    stall = loop.step(named(str(path), path.read_text(), block=block))
    assert stall is not None
    assert stall.announced is not silent


def test_a_pipe_that_nobody_reads_is_not_waited_for(loop, listener):
    os.set_blocking(listener.json_in, False)
    os.set_blocking(listener.text_in, False)
    for fd in (listener.json_in, listener.text_in):
        with contextlib.suppress(BlockingIOError):
            while os.write(fd, b"x" * 4096):
                pass
        os.set_blocking(fd, True)

    def block():
        time.sleep(0.4)

    stall = loop.step(block)
    assert stall is not None
    assert not stall.announced
    assert stall.samples[-1].age_s > 0.2  # the watch went on


def test_a_line_for_a_pipe_fits_into_one_write(loop, listener):
    def descend(depth):
        if depth:
            descend(depth - 1)
        else:
            listener.block_until_told()

    loop.step(lambda: descend(100))
    assert len(json.dumps(listener.finding, separators=(",", ":"))) < 4096
    assert listener.finding["stack"][0]["function"] == "Listener.block_until_told"


def test_a_file_gets_the_whole_stack(loop, tmp_path):
    def descend(depth):
        if depth:
            descend(depth - 1)
        while not path.stat().st_size:
            time.sleep(0.01)

    path = tmp_path / "report.jsonl"
    with path.open("ab") as report:
        watch.announce(-1, report.fileno())
        loop.step(lambda: descend(100))
        watch.announce(-1, -1)
    assert len(json.loads(path.read_text())["stack"]) == 64


def test_the_line_that_dominates_is_blamed(loop, listener):
    def mostly():
        time.sleep(0.15)

    def rarely():
        time.sleep(0.02)

    def block():
        while listener.is_silent_so_far():
            mostly()
            rarely()

    found = threading.Event()

    def read():
        listener.block_until_told()
        found.set()

    listener.is_silent_so_far = lambda: not found.is_set()
    reader = threading.Thread(target=read)
    reader.start()
    loop.step(block)
    reader.join()
    assert listener.finding["where"]["function"].endswith("mostly")
    details = listener.finding["details"]
    assert details["duration_s"] / 2 < details["at_this_line_s"] <= details["duration_s"]
