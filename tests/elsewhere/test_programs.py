"""Code written for trueloop runs without the kernel: every door of the public API is there."""

import json
import sys
import textwrap

import pytest

MAIN = """
    import asyncio, sys, trueloop

    async def main():
        loop = asyncio.get_running_loop()
        task = asyncio.create_task(asyncio.sleep(0, "slept"))
        future = loop.create_future()
        assert isinstance(loop, trueloop.EventLoop)
        assert isinstance(task, trueloop.Task) and isinstance(task, asyncio.Task)
        assert isinstance(future, trueloop.Future) and isinstance(future, asyncio.Future)
        return await task
    """


@pytest.mark.parametrize(
    "way",
    [
        "print(trueloop.run(main()))",
        "print(trueloop.run(main(), debug=True))",
        "with trueloop.Runner() as runner: print(runner.run(main()))",
        "with asyncio.Runner(loop_factory=trueloop.new_event_loop) as r: print(r.run(main()))",
        "with asyncio.Runner(loop_factory=trueloop.EventLoop) as r: print(r.run(main()))",
        pytest.param(
            "print(asyncio.run(main(), loop_factory=trueloop.new_event_loop))",
            marks=pytest.mark.skipif(sys.version_info < (3, 12), reason="asyncio.run of 3.12"),
        ),
        pytest.param(
            "trueloop.install(); print(asyncio.run(main()))",
            marks=pytest.mark.skipif(sys.version_info >= (3, 14), reason="policies end with 3.13"),
        ),
    ],
)
def test_a_program_runs(run_pure, way):
    done = run_pure(MAIN + "\n    " + way + "\n")

    assert (done.stdout, done.returncode) == ("slept\n", 0), done.stderr


def test_streams_signals_and_subprocesses_work(run_pure):
    source = """
        import asyncio, signal, sys, trueloop

        async def answer(reader, writer):
            writer.write(await reader.readline())
            writer.close()

        async def main():
            server = await asyncio.start_server(answer, "127.0.0.1")
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"hello\\n")
            print((await reader.readline()).decode().strip())
            writer.close()
            await writer.wait_closed()
            server.close()
            await server.wait_closed()
            told = asyncio.Event()
            asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, told.set)
            signal.raise_signal(signal.SIGUSR1)
            await told.wait()
            child = await asyncio.create_subprocess_exec(sys.executable, "-c", "print('child')")
            await child.wait()

        trueloop.run(main())
        """

    done = run_pure(source)

    assert done.stdout.splitlines() == ["hello", "child"], done.stderr
    assert done.returncode == 0


LOST = """
    import asyncio

    async def fail():
        raise ValueError("early")

    async def main():
        asyncio.create_task(fail())
        await asyncio.sleep(0.01)

    asyncio.run(main())
    """


def test_an_unmodified_program_is_run_and_reported_on(run_pure, tmp_path):
    done = run_pure(LOST, "-m", "trueloop", "run", "--fail-on", "error", "--report", "found.jsonl")

    assert done.returncode == 3
    assert done.stderr.splitlines()[-1] == "trueloop: 1 finding: 1 lost-exception"
    finding = json.loads((tmp_path / "found.jsonl").read_text())
    assert finding["where"]["line"] == 5
    assert finding["related"][0]["line"] == 8


def test_findings_go_to_the_log_of_a_service(run_pure):
    done = run_pure(LOST.replace("asyncio.run(", "import trueloop; trueloop.run("))

    assert "lost-exception: ValueError: early ended task Task-2 (fail)" in done.stderr


def test_diagnostics_can_be_imported_and_used(run_pure):
    source = """
        import asyncio, trueloop
        from trueloop import diagnostics

        diagnostics.remove_sink(diagnostics.default_sink)
        diagnostics.ignore("abandoned-task")
        diagnostics.add_sink(lambda finding: print(finding.kind))

        async def fail():
            raise ValueError

        async def main():
            asyncio.create_task(asyncio.sleep(30))
            asyncio.create_task(fail())
            await asyncio.sleep(0.01)

        trueloop.run(main())
        """

    assert run_pure(source).stdout == "lost-exception\n"


def test_importing_it_imports_nothing_native_and_warns_of_nothing(run_pure):
    done = run_pure("import sys, trueloop; print([m for m in sys.modules if '.kernel.' in m])")

    assert (done.stdout, done.stderr) == ("[]\n", "")


BUGS = """
    import asyncio, time, trueloop

    async def fail():
        raise ValueError("early")

    async def main():
        assert isinstance(asyncio.get_running_loop(), trueloop.EventLoop)
        asyncio.create_task(fail())
        asyncio.create_task(asyncio.sleep(30))
        await asyncio.sleep(0.02)
        time.sleep(0.3)

    asyncio.run(main())
    """
PRETEND_WINDOWS = """
    import argparse, asyncio, os, shutil, sys

    asyncio.set_event_loop(None)  # which imports what this system's asyncio needs
    # What was imported so far may need these; trueloop must not.
    for name in ("fcntl", "grp", "resource", "termios"):
        sys.modules[name] = None
    for name in ("fork", "register_at_fork", "O_CLOEXEC", "sched_yield"):
        delattr(os, name)
    del asyncio.unix_events
    asyncio.ProactorEventLoop = asyncio.SelectorEventLoop
    sys.platform = "win32"

    from trueloop.cli import main

    main(["run", "--report", "found.jsonl", "bugs.py"])
    """


def test_nothing_that_windows_lacks_is_needed(run_pure, tmp_path):
    (tmp_path / "bugs.py").write_text(textwrap.dedent(BUGS))

    done = run_pure(PRETEND_WINDOWS)

    assert "the native loop is built for Linux, and this is Windows" in done.stderr
    found = (tmp_path / "found.jsonl").read_text().splitlines()
    assert sorted(json.loads(line)["kind"] for line in found) == [
        "abandoned-task",
        "blocked-loop",
        "lost-exception",
    ], done.stderr
