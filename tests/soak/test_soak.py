"""A few seconds of all loads, and a look at whether the soak would notice."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading

import pytest

import trueloop
from tests.soak import echoes, pattern
from tests.soak.tally import Tally, Wrong, look

PATIENCE_S = 150  # for a few seconds' worth, on a machine that has other things to do


@pytest.mark.timeout(PATIENCE_S + 20)
@pytest.mark.parametrize("how", [[], ["--accelerate"]], ids=["plain", "accelerated"])
def test_nothing_is_left_of_all_loads(how):
    command = [sys.executable, "-X", "faulthandler", "-m", "tests.soak"]
    command += ["--minutes", "0.05", "--round-s", "2", *how]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        try:
            said, complaint = run.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGABRT)  # where every thread stands
            said, complaint = run.communicate()
    assert run.returncode == 0, said + complaint
    assert "left behind" in said
    assert complaint == ""  # neither a finding nor an exception that nobody saw


def test_a_descriptor_that_is_left_is_noticed():
    before = look()
    descriptor = os.open(os.devnull, os.O_RDONLY)
    try:
        with pytest.raises(Wrong, match=r"descriptors left open.*null"):
            look().must_equal(before)
    finally:
        os.close(descriptor)
    look().must_equal(before)


def test_a_thread_that_is_left_is_noticed():
    before = look()
    leave = threading.Event()
    thread = threading.Thread(target=leave.wait)
    thread.start()
    try:
        with pytest.raises(Wrong, match="threads"):
            look().must_equal(before)
    finally:
        leave.set()
        thread.join()


async def upside_down(reader, writer):
    """An echo server that gives back something else."""
    data = await reader.read(1)
    writer.write(bytes(byte ^ 1 for byte in data))
    writer.close()
    await writer.wait_closed()


async def speak_with_it():
    server = await asyncio.start_server(upside_down, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    def connect():
        return asyncio.open_connection("127.0.0.1", port)

    try:
        await echoes.one_client(connect, random.Random(1), Tally())
    finally:
        server.close()
        await server.wait_closed()


def test_a_wrong_byte_is_noticed(monkeypatch):
    monkeypatch.setattr(echoes, "SIZES", (1,))
    with pytest.raises(Wrong, match="wrong bytes"):
        trueloop.run(speak_with_it())


def test_pieces_join():
    assert pattern.piece(100, 300) + pattern.piece(400, 100) == pattern.piece(100, 400)
