"""The watch thread's own life: started, stopped, forked, left running, and what it costs."""

import os
import subprocess
import sys
import textwrap
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from tests.diagnostics.fake_beat import SECOND_NS, FakeLoop, wait_for_samples, watched
from trueloop.diagnostics import watch

ROOT = Path(__file__).parents[2]


def run_program(source: str) -> str:
    """Run Python code in a process of its own; what it prints. It must succeed silently."""
    preamble = "from tests.diagnostics.fake_beat import *\nfrom trueloop.diagnostics import watch\n"
    done = subprocess.run(
        [sys.executable, "-c", preamble + textwrap.dedent(source)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(("", str(ROOT), *sys.path))},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == ""
    assert done.returncode == 0
    return done.stdout


def watch_threads() -> list[str]:
    """The status files of the threads of this process that are the watch."""
    found = []
    for thread in Path("/proc/self/task").iterdir():
        status = (thread / "status").read_text()
        if status.startswith("Name:\ttrueloop-watch\n"):
            found.append(status)
    return found


@pytest.fixture
def loop():
    loop = FakeLoop(slow_s=0.05)
    with watched(loop):
        yield loop


def test_frames_of_this_python_can_be_read(loop):
    assert watch.status().stacks == "native"


def test_start_twice_is_one_thread(loop):
    now = watch.status()
    watch.start(
        beats_address=now.beats_address,
        ticks_per_second=now.ticks_per_second,
        hardware_clock=now.hardware_clock,
    )
    assert len(watch_threads()) == 1
    assert watch.status().is_running


def test_stop_ends_the_thread_and_may_be_repeated(loop):
    watch.stop()
    watch.stop()
    assert watch_threads() == []
    assert not watch.status().is_running
    assert watch.take(loop.address, 1) is None


@pytest.mark.parametrize(("address", "rate"), [(0, 1e9), (4096, 0.0), (4096, float("nan"))])
def test_start_refuses_what_makes_no_sense(loop, address, rate):
    before = watch.status().beats_address
    message = r"^the watch needs an address of beats and a rate of ticks$"
    with pytest.raises(ValueError, match=message):
        watch.start(beats_address=address, ticks_per_second=rate)
    assert watch.status().beats_address == before  # and leaves the watch there is alone


def test_signals_are_left_to_the_program(loop):
    (status,) = watch_threads()
    (blocked,) = [line for line in status.splitlines() if line.startswith("SigBlk:")]
    every = int(blocked.split()[1], 16)
    for signal in (1, 2, 10, 14, 15, 17):
        assert every >> (signal - 1) & 1


def test_short_step_leaves_no_record(loop):
    assert loop.step(lambda: None) is None


def test_record_is_handed_over_once(loop):
    since = loop.begin()
    wait_for_samples()
    loop.end()
    assert watch.take(loop.address, since) is not None
    assert watch.take(loop.address, since) is None


def test_record_is_of_the_step_asked_for(loop):
    since = loop.begin()
    wait_for_samples()
    loop.end()
    assert watch.take(loop.address, since + 1) is None
    assert watch.take(0, since) is None
    assert watch.take(loop.address, since) is not None


def test_a_thread_that_is_gone_gives_a_record_without_samples(loop):
    for wrong in (None, 1, 4096, loop.address, 2**47 - 8, 2**64 - 8):
        loop.beat.thread = wrong
        since = loop.begin()
        wait_for_samples(20)
        loop.end()
        stall = watch.take(loop.address, since)
        assert stall is not None
        assert stall.samples == ()


def test_cpu_time_tells_waiting_from_working(loop):
    waiting = loop.step(lambda: time.sleep(0.2))
    assert waiting is not None
    assert waiting.cpu_s < 0.1

    def work():
        until = time.thread_time() + 0.2
        while time.thread_time() < until:
            pass

    working = loop.step(work)
    assert working is not None
    assert working.cpu_s > 0.1


def test_loops_in_many_threads_come_and_go():
    loops = [FakeLoop(slow_s=0.002) for _ in range(8)]
    errors = []

    def run(loop):
        loop.enter_thread()
        try:
            for number in range(60):
                loop.step(lambda: time.sleep(0.003))
                loop.step(partial(sum, range(number * 500)))
        except BaseException as error:
            errors.append(error)
        loop.beat.thread = None

    with watched(*loops):
        threads = [threading.Thread(target=run, args=(loop,)) for loop in loops]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert errors == []


def test_a_stopped_process_shows_as_a_late_watch():
    printed = run_program(
        """
        import os, signal, subprocess, sys, time
        loop = FakeLoop()
        # Another process lets this one go on, half a second after it has stopped itself.
        waker = subprocess.Popen([sys.executable, "-c", f'''
        import os, signal, time
        while open("/proc/{os.getpid()}/stat").read().rpartition(")")[2].split()[0] != "T":
            time.sleep(0.01)
        time.sleep(0.5)
        os.kill({os.getpid()}, signal.SIGCONT)'''])
        with watched(loop):
            wait = time.monotonic() + 0.1
            while time.monotonic() < wait: pass
            stall = loop.step(lambda: os.kill(os.getpid(), signal.SIGSTOP))
        waker.wait()
        print(stall is None or loop.duration_s - stall.watch_late_s < 0.1, loop.duration_s >= 0.5)
        """
    )
    assert printed.split() == ["True", "True"]


@pytest.mark.skipif(
    not Path("/proc/self/schedstat").exists(), reason="this kernel keeps no scheduler statistics"
)
def test_a_starved_thread_shows_as_starved():
    printed = run_program(
        """
        import os, subprocess, sys, time
        one = {min(os.sched_getaffinity(0))}
        rivals = [subprocess.Popen(["sh", "-c", "while :; do :; done"],
                  preexec_fn=lambda: os.sched_setaffinity(0, one)) for _ in range(3)]
        loop = FakeLoop()
        def work():
            until = time.thread_time() + 0.2
            while time.thread_time() < until: pass
        try:
            with watched(loop):  # the watch thread keeps both processors
                os.sched_setaffinity(0, one)
                stall = loop.step(work)
        finally:
            for rival in rivals:
                rival.kill()
                rival.wait()
        print(stall.starved_s > 0.2, stall.cpu_s + stall.starved_s <= loop.duration_s * 1.5)
        """
    )
    assert printed.split() == ["True", "True"]


def test_forked_child_watches_on_but_not_the_step_it_was_born_in():
    printed = run_program(
        """
        import os, sys, time, warnings
        warnings.simplefilter("ignore")
        loop, other = FakeLoop(slow_s=0.05), FakeLoop(slow_s=0.05)
        with watched(loop, other):
            watch.announce(-1, 1)
            loop.step(wait_for_samples)  # so that the thread is not just being born
            born_in = loop.begin()
            child = os.fork()
            if child == 0:
                # The step in which the fork was called never ends here; that is no stall.
                stall = other.step(wait_for_samples)
                born = watch.take(loop.address, born_in)
                print("child", watch.status().is_running, len(stall.samples) > 0, born, flush=True)
                time.sleep(1)
                os._exit(0)
            loop.end()
            os.waitpid(child, 0)
            stall = loop.step(wait_for_samples)
            print("parent", watch.status().is_running, len(stall.samples) > 0)
        """
    )
    assert printed.splitlines() == ["child True True None", "parent True True"]


def test_fork_by_a_library_is_noticed():
    """A fork that Python does not see leaves the child without the thread, until it asks for it."""
    printed = run_program(
        """
        import ctypes, os
        loop = FakeLoop(slow_s=0.05)
        with watched(loop):
            loop.step(wait_for_samples)  # so that the thread is not just being born
            child = ctypes.PyDLL(None).fork()
            if child == 0:
                watch.take(loop.address, 1)
                stall = loop.step(wait_for_samples)
                print("child", watch.status().is_running, len(stall.samples) > 0, flush=True)
                os._exit(0)
            os.waitpid(child, 0)
        """
    )
    assert printed.splitlines() == ["child True True"]


def test_many_forks_under_fire():
    printed = run_program(
        """
        import os, time, warnings
        warnings.simplefilter("ignore")
        loop = FakeLoop(slow_s=0.002)
        with watched(loop):
            for _ in range(100):
                since = loop.begin()
                time.sleep(0.004)
                child = os.fork()
                if child == 0:
                    watch.take(loop.address, since)
                    os._exit(0 if watch.status().is_running else 1)
                loop.end()
                if os.waitpid(child, 0)[1]:
                    print("child failed")
        print("done")
        """
    )
    assert printed == "done\n"


def test_reads_through_a_pipe_where_the_call_is_forbidden():
    """As in a container whose profile refuses process_vm_readv."""
    printed = run_program(
        """
        import ctypes, platform, struct
        number = {"x86_64": 310, "aarch64": 270}[platform.machine()]
        def instruction(code, jt, jf, k): return struct.pack("HBBI", code, jt, jf, k)
        program = b"".join((
            instruction(0x20, 0, 0, 0),               # load the system call's number
            instruction(0x15, 0, 1, number),          # if it is this one
            instruction(0x06, 0, 0, 0x00050000 | 1),  # fail with EPERM
            instruction(0x06, 0, 0, 0x7FFF0000)))     # else allow
        space = ctypes.create_string_buffer(program)
        class Program(ctypes.Structure):
            _fields_ = (("size", ctypes.c_ushort), ("start", ctypes.c_void_p))
        libc = ctypes.CDLL(None)
        assert libc.prctl(38, 1, 0, 0, 0) == 0        # no new privileges
        filter = Program(4, ctypes.addressof(space))
        assert libc.prctl(22, 2, ctypes.byref(filter), 0, 0) == 0
        loop = FakeLoop(slow_s=0.05)
        def blocked(): wait_for_samples(8)
        with watched(loop):
            stall = loop.step(blocked)
            print(watch.status().reads_by, stall.samples[-1].frames[1].function)
            loop.beat.thread = 2**47 - 8
            since = loop.begin()
            wait_for_samples(20)
            print(watch.take(loop.address, since).samples)
            # What a daemon does: the watch's pipe is gone, its numbers are the program's now.
            import os, tempfile
            loop.enter_thread()
            os.closerange(3, 64)
            files = [tempfile.TemporaryFile() for _ in range(8)]
            stall = loop.step(blocked)
            print(stall.samples, {os.fstat(file.fileno()).st_size for file in files})
        """
    )
    assert printed.splitlines() == ["pipe blocked", "()", "() {0}"]


@pytest.mark.parametrize("end", ["pass", "sys.exit()", "os._exit(0)", "raise SystemExit"])
def test_process_ends_while_its_loops_are_blocked(end):
    run_program(
        f"""
        import os, sys, threading, time
        loop = FakeLoop(slow_s=0.02)
        head = ctypes.c_void_p(loop.address)
        watch.start(beats_address=ctypes.addressof(head), ticks_per_second=1e9)
        ready = threading.Event()
        def blocked():
            loop.enter_thread()
            loop.begin()
            ready.set()
            time.sleep(60)
        threading.Thread(target=blocked, daemon=True).start()
        ready.wait()
        wait_for_samples()
        loop.keep = loop.beat, head
        {end}
        """
    )


def test_idle_watch_looks_seldom_and_at_no_stack(loop):
    before = watch.status()
    time.sleep(0.5)
    after = watch.status()
    assert after.rounds - before.rounds <= 0.5 / 0.02 + 4  # every 20 ms, for a threshold of 50 ms
    assert after.looks == before.looks


def test_hardware_clock_is_guessed_from_the_rate(loop):
    assert watch.status().hardware_clock is False
    assert watch.status().ticks_per_second == SECOND_NS
