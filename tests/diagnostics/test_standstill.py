"""Who could still wake a loop: anything that the system itself lists, and nothing else."""

import asyncio
import math
import os
import signal
import socket
import subprocess
import sys

import pytest

import trueloop
from trueloop.diagnostics import standstill


def run_alone(program):
    """What a program prints, in a process of its own: a test runner has threads and handlers."""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


THREADS = """
import asyncio, threading
from concurrent.futures import ThreadPoolExecutor
import trueloop
from trueloop.diagnostics import standstill

switches = {}

def has_others():
    return standstill._has_other_threads(switches)

async def only_idle_threads_are_left():
    # One that was joined, or has handed in its result, takes a moment to be gone.
    while has_others():
        await asyncio.sleep(0.005)

async def main():
    await only_idle_threads_are_left()
    stop, started = threading.Event(), threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    print(has_others())
    stop.set()
    thread.join()
    await only_idle_threads_are_left()

    stop.clear()
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(2) as pool:
        await loop.run_in_executor(pool, int)
        await only_idle_threads_are_left()
        job = loop.run_in_executor(pool, lambda: (started.set(), stop.wait()))
        await loop.run_in_executor(pool, started.wait)
        print(has_others())
        stop.set()
        await job
        await only_idle_threads_are_left()
        handed_in = 0
        for _ in range(50):
            has_others()
            job = pool.submit(int)
            handed_in += has_others() or job.done()
            job.result()
            await only_idle_threads_are_left()
        print(handed_in)

trueloop.run(main())
"""


def test_threads_count_unless_they_are_workers_without_a_job():
    assert run_alone(THREADS) == "True\nTrue\n50\n"


WITH_A_CHILD = """
import os, subprocess, sys
from trueloop.diagnostics import standstill

assert not standstill._has_children()
child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
assert standstill._has_children()
child.stdin.close()
os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
assert not standstill._has_children()
child.wait()
assert not standstill._has_children()
"""


def test_live_children_count_and_dead_ones_do_not():
    """In a process of its own: other tests may have left children in this one."""
    subprocess.run([sys.executable, "-c", WITH_A_CHILD], timeout=60, check=True)


def test_descriptors_count_but_for_the_loops_own():
    async def main():
        loop = asyncio.get_running_loop()
        assert not standstill._watches_descriptors(loop)
        reader, writer = os.pipe()
        loop.add_reader(reader, int)
        assert standstill._watches_descriptors(loop)
        loop.remove_reader(reader)
        os.close(reader)
        os.close(writer)
        left, right = socket.socketpair()
        with left, right:
            left.setblocking(False)
            receiving = asyncio.create_task(loop.sock_recv(left, 1))
            await asyncio.sleep(0)
            assert standstill._watches_descriptors(loop)
            right.send(b"x")
            await receiving  # its registration is there, and sleeps
            assert not standstill._watches_descriptors(loop)
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        assert standstill._watches_descriptors(loop)
        server.close()
        await server.wait_closed()
        assert not standstill._watches_descriptors(loop)

    trueloop.run(main())


SIGNALS = """
import asyncio, faulthandler, signal, sys
import trueloop
from trueloop.diagnostics import standstill

async def main():
    {setup}
    print(standstill._handles_signals())

trueloop.run(main())
"""


@pytest.mark.parametrize(
    ("setup", "counts"),
    [
        ("pass", False),
        ("faulthandler.enable()", False),
        ("signal.signal(signal.SIGTERM, signal.SIG_DFL)", False),
        ("signal.signal(signal.SIGTERM, signal.SIG_IGN)", False),
        ("signal.signal(signal.SIGTERM, print)", True),
        ("signal.signal(signal.SIGINT, print)", True),
        ("faulthandler.register(signal.SIGUSR1)", True),
        ("asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, print)", True),
    ],
)
def test_signal_handlers_count_but_for_ctrl_c_and_the_fatal_ones(setup, counts):
    assert run_alone(SIGNALS.format(setup=setup)) == f"{counts}\n"


def test_without_proc_anything_might_wake_the_loop(monkeypatch):
    def missing(*_):
        raise FileNotFoundError("/proc")

    monkeypatch.setattr(standstill, "_watches_descriptors", missing)

    assert standstill.might_wake(None, {}) == math.inf


def test_names_inside_the_standard_library_are_the_expected_ones():
    assert standstill._WORKER is not None
    assert standstill._WAITING_LINES
    assert signal.SIGSEGV in standstill._FATAL
