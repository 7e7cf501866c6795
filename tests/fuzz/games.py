"""The games: what a tape is played on."""

import trueloop
from tests.fuzz import connections, differ
from tests.fuzz.tape import Tape


def schedule(tape: bytes) -> None:
    """Scheduling on asyncio and on trueloop. Raises Difference."""
    differ.compare(tape)


def connection(tape: bytes) -> None:
    """Transports on trueloop. Raises Broken."""
    loop = trueloop.new_event_loop()
    with differ.fresh(loop):
        connections.Player(loop, Tape(tape)).play()


GAMES = {"schedule": schedule, "connection": connection}
