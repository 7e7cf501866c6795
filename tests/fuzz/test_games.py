"""A few tapes for each game, in every run of the tests; and a game notices what it should."""

import asyncio
import logging
import random

import pytest

from tests.fuzz import connections, differ, games
from tests.fuzz.schedule import Player
from tests.fuzz.tape import Tape

SEEDS = range(60)


def tape(seed: int) -> bytes:
    source = random.Random(seed)
    return source.randbytes(source.randrange(4, 300))


@pytest.fixture(autouse=True)
def quiet(caplog):
    """What is done wrong on purpose is logged as often."""
    caplog.set_level(logging.CRITICAL, logger="asyncio")
    caplog.set_level(logging.CRITICAL, logger="trueloop")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("game", games.GAMES)
def test_a_game_finds_nothing(game, seed):
    games.GAMES[game](tape(seed))


def test_what_was_not_read_before_an_error_is_kept():
    games.reader(bytes.fromhex("0001030200000000000200000000030029000000000000010021006f"))
    games.reader(bytes.fromhex("00010002000000000300d101001a00a7"))


def test_what_is_sent_after_abort_is_not_kept():
    games.datagram(
        bytes.fromhex(
            "00ea01009701000000000000ea0000006800000c0100f200001d0000006d00008900000000000083"
            "008a00010801"
        )
    )


class Hasty(asyncio.SelectorEventLoop):
    """Puts each tenth callback before those that wait already."""

    count = 0

    def call_soon(self, callback, *args, context=None):
        handle = super().call_soon(callback, *args, context=context)
        self.count += 1
        if self.count % 10 == 0:
            self._ready.rotate(1)
        return handle


def test_another_order_is_noticed():
    different = 0
    for seed in SEEDS:
        model = differ.play(tape(seed), "asyncio")
        with differ.fresh(Hasty()) as loop:
            different += Player(loop, asyncio, Tape(tape(seed))).play() != model
    assert different > len(SEEDS) // 2


class Forgetful(connections.Plain):
    """Loses the second piece."""

    pieces = 0

    def data_received(self, data):
        self.pieces += 1
        if self.pieces != 2:
            super().data_received(data)


def test_a_lost_piece_is_noticed(monkeypatch):
    monkeypatch.setattr(connections, "Plain", Forgetful)
    broken = 0
    for seed in SEEDS:
        try:
            games.connection(tape(seed))
        except connections.Broken:
            broken += 1
    assert broken > 5
