"""The search goes where it has not been, and shrinks what it finds."""

import random

from tests.fuzz.search import Search
from tests.fuzz.shrinking import smallest
from tests.fuzz.tape import Tape


class Depths:
    """Coverage of a program that looks at a tape's first bytes, one after the other."""

    def __init__(self):
        self.seen = set()
        self.last = 0

    def counting(self):
        return self

    def __enter__(self):
        self.last = 0

    def __exit__(self, *error):
        pass

    def news(self):
        is_new = self.last not in self.seen
        self.seen.add(self.last)
        return int(is_new)


def test_a_search_that_is_led_finds_what_chance_does_not(tmp_path):
    secret = b"\x07ba"
    depths = Depths()

    def run(tape):
        for place, byte in enumerate(secret):
            if tape[place : place + 1] != bytes([byte]):
                return
            depths.last = place + 1
        raise AssertionError("found")

    search = Search(run, depths, random.Random(0), tmp_path / "running")
    while search.runs < 100_000 and not search.finds:
        search.try_one(search.next_tape())
    assert search.finds
    assert search.finds[0][0].startswith(secret)


def test_the_tape_that_runs_is_on_disk(tmp_path):
    running = tmp_path / "running"
    search = Search(
        lambda tape: None if running.read_bytes() == tape else 1 / 0,
        Depths(),
        random.Random(2),
        running,
    )
    for _ in range(10):
        search.try_one(search.next_tape())


def test_shrinking_leaves_what_is_needed():
    assert smallest(b"..x....y..", lambda tape: b"x" in tape and b"y" in tape) == b"xy"
    assert smallest(bytes([9] * 9), lambda tape: len(tape) >= 3) == bytes(3)


def test_a_tape_that_is_over_answers_nought():
    tape = Tape(b"\x07")
    assert tape.below(5) == 2
    assert tape.is_over
    assert tape.below(5) == 0
    assert tape.one_of("abc") == "a"
