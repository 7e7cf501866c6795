"""The games: what a tape is played on."""

import asyncio

import trueloop
from tests.fuzz import ciphers, connections, crossings, datagrams, differ, readers, writers
from tests.fuzz.tape import Tape


def schedule(tape: bytes) -> None:
    """Scheduling on asyncio and on trueloop. Raises Difference."""
    differ.compare(tape)


def connection(tape: bytes) -> None:
    """Transports on trueloop. Raises Broken."""
    loop = trueloop.new_event_loop()
    with differ.fresh(loop):
        connections.Player(loop, Tape(tape)).play()


def reader(tape: bytes) -> None:
    """A stream's reader of asyncio and of trueloop. Raises Difference."""
    with differ.fresh(trueloop.new_event_loop()) as loop:
        model, ours = (
            loop.run_until_complete(readers.Player(kind, Tape(tape)).play())
            for kind in (asyncio.StreamReader, trueloop.StreamReader)
        )
    if ours != model:
        raise differ.Difference(differ.difference(model, ours, "native"))


def writer(tape: bytes) -> None:
    """A stream's writer of asyncio and of trueloop. Raises Difference."""
    with differ.fresh(trueloop.new_event_loop()) as loop:
        model, ours = (
            loop.run_until_complete(writers.Player(streams, Tape(tape)).play())
            for streams in (asyncio, trueloop)
        )
    if ours != model:
        raise differ.Difference(differ.difference(model, ours, "native"))


def cipher(tape: bytes) -> None:
    """TLS transports on trueloop. Raises Broken."""
    loop = trueloop.new_event_loop()
    with differ.fresh(loop):
        ciphers.Player(loop, Tape(tape)).play()


def datagram(tape: bytes) -> None:
    """A datagram transport on trueloop. Raises Broken."""
    loop = trueloop.new_event_loop()
    with differ.fresh(loop):
        datagrams.Player(loop, Tape(tape)).play()


def crossing(tape: bytes) -> None:
    """A ThreadQueue. Raises Broken."""
    with differ.fresh(trueloop.new_event_loop()) as loop:
        loop.run_until_complete(crossings.Player(Tape(tape)).play())


GAMES = {
    "schedule": schedule,
    "connection": connection,
    "cipher": cipher,
    "datagram": datagram,
    "reader": reader,
    "writer": writer,
    "crossing": crossing,
}
