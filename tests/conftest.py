"""What holds for every test: which trueloop is tested, and that a test leaves nothing open."""

import gc
import os

import pytest

# Pipes and files are left out: pytest and the watch thread open theirs when they need them.
WATCHED = ("socket:", "anon_inode:[eventpoll]", "anon_inode:[eventfd]")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "leaves_open(reason): the test leaves sockets or loops open, for this reason"
    )


def pytest_report_header() -> str:
    """Show that the installed package is tested, and not the source tree beside the tests."""
    import trueloop

    return f"trueloop {trueloop.__version__} from {os.path.dirname(trueloop.__file__)}"


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep thousands of collected tests from the garbage collector.

    Else each of the many full collections that tests ask for takes a fifth of a second.
    """
    if len(session.items) > 1000:
        gc.collect()
        gc.freeze()


def _open_descriptors() -> dict[str, str]:
    """Descriptors of the watched kinds that are open now, with what each one is."""
    found = {}
    for number in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{number}")
        except OSError:  # the descriptor of the listing itself
            continue
        if target.startswith(WATCHED):
            found[number] = target
    return found


@pytest.fixture(autouse=True)
def nothing_left_open(request: pytest.FixtureRequest):
    """Fail a test after which a socket, a poller or an eventfd is open that was not before.

    A loop left unclosed, or a transport kept alive by a reference cycle, shows here.
    """
    before = _open_descriptors()
    yield
    left = _open_descriptors().items() - before.items()
    if left and request.node.get_closest_marker("leaves_open") is None:
        gc.collect()
        left = _open_descriptors().items() - before.items()
        assert not left, f"left open by the test: {sorted(target for _, target in left)}"
