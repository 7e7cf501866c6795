"""`trueloop.install`: asyncio's own entry points make trueloop's loop."""

import asyncio
import subprocess
import sys
import textwrap

import pytest

import trueloop
from trueloop.errors import PolicyUnavailableError, TrueloopError

with_policies = pytest.mark.skipif(
    sys.version_info >= (3, 14), reason="asyncio deprecates its policies from 3.14 on"
)


@pytest.fixture
def installed():
    trueloop.install()
    yield
    asyncio.set_event_loop_policy(None)


async def running_loop_type():
    return type(asyncio.get_running_loop())


@with_policies
@pytest.mark.usefixtures("installed")
def test_asyncio_run_runs_on_trueloop():
    assert issubclass(asyncio.run(running_loop_type()), trueloop.EventLoop)


@with_policies
@pytest.mark.usefixtures("installed")
def test_asyncio_runner_runs_on_trueloop():
    with asyncio.Runner() as runner:
        assert issubclass(runner.run(running_loop_type()), trueloop.EventLoop)


@with_policies
@pytest.mark.usefixtures("installed")
def test_asyncio_new_event_loop_makes_trueloops():
    loop = asyncio.new_event_loop()
    loop.close()

    assert isinstance(loop, trueloop.EventLoop)


@with_policies
def test_resetting_the_policy_takes_trueloop_away_again():
    trueloop.install()
    asyncio.set_event_loop_policy(None)

    assert not issubclass(asyncio.run(running_loop_type()), trueloop.EventLoop)


@pytest.mark.skipif(sys.version_info < (3, 14), reason="policies work up to 3.13")
def test_install_says_what_to_use_instead():
    with pytest.raises(PolicyUnavailableError, match=r"Use trueloop\.run\(main\(\)\)"):
        trueloop.install()


def test_the_error_is_trueloops_and_a_runtime_error():
    assert issubclass(PolicyUnavailableError, TrueloopError)
    assert issubclass(PolicyUnavailableError, RuntimeError)


def test_taking_over_works_on_every_python_and_warns_of_nothing():
    program = """
        import asyncio, trueloop
        from trueloop.runner import take_over

        async def main():
            return isinstance(asyncio.get_running_loop(), trueloop.EventLoop)

        take_over()
        with asyncio.Runner() as runner:
            print(asyncio.run(main()), runner.run(main()))
        loop = asyncio.new_event_loop()
        print(loop.run_until_complete(main()))
        loop.close()
        """
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.split() == ["True"] * 3, done.stderr


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="policies work up to 3.13")
def test_taking_over_holds_under_a_policy_that_the_program_sets():
    program = """
        import asyncio, trueloop
        from trueloop.runner import take_over

        async def main():
            return isinstance(asyncio.get_running_loop(), trueloop.EventLoop)

        class Policy(asyncio.DefaultEventLoopPolicy):
            pass

        take_over()
        asyncio.set_event_loop_policy(Policy())
        print(asyncio.run(main()))
        """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout == "True\n", done.stderr
