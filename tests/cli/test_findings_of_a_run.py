"""What `trueloop run` says about a program, where, and what its options change."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import textwrap

import pytest

LOST = """
    import asyncio

    async def notify():
        raise ConnectionError("no route")

    async def main():
        asyncio.create_task(notify())
        await asyncio.sleep(0.01)

    asyncio.run(main())
    """
ABANDONED = """
    import asyncio

    async def main():
        asyncio.create_task(asyncio.sleep(30))
        await asyncio.sleep(0.01)

    asyncio.run(main())
    """
CLEAN = "import asyncio; asyncio.run(asyncio.sleep(0))"


@pytest.fixture
def run(tmp_path):
    """run(source, *options): a program's run as a CompletedProcess."""

    def run(source, *options, **settings):
        script = tmp_path / "program.py"
        script.write_text(textwrap.dedent(source))
        return subprocess.run(
            [sys.executable, "-m", "trueloop", "run", *options, str(script)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            **settings,
        )

    return run


def findings(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_finding_is_shown_with_its_line_and_what_to_do(run):
    done = run(LOST)

    shown = done.stderr.partition("Task exception")[0].splitlines()
    assert shown[0] == (
        "trueloop: error[lost-exception]: ConnectionError: no route ended task Task-2 (notify), "
        "and nobody has read it"
    )
    assert shown[1:-2] == [
        "  --> program.py:5 in notify",
        "    |",
        "  4 | async def notify():",
        '> 5 |     raise ConnectionError("no route")',
        "    |",
        "  ::: created: program.py:8 in main",
        "  8 |     asyncio.create_task(notify())",
        "    |",
    ]
    assert shown[-2].startswith("    = hint: Await it")
    assert shown[-1] == "    = docs: trueloop explain lost-exception"


def test_colours_are_for_terminals_or_on_demand(run):
    quiet = {name: text for name, text in os.environ.items() if "COLOR" not in name}

    assert "\x1b[" not in run(LOST, env=quiet).stderr.partition("Task exception")[0]
    forced = run(LOST, env=quiet | {"FORCE_COLOR": "1"}).stderr
    assert "\x1b[1;31merror[lost-exception]\x1b[0m" in forced


def test_summary_ends_the_run(run):
    assert run(LOST).stderr.splitlines()[-1] == "trueloop: 1 finding: 1 lost-exception"
    assert run(CLEAN).stderr == "trueloop: no findings\n"


def test_several_kinds_are_summed_up_in_a_table(run):
    source = ABANDONED.replace(
        "        await asyncio.sleep(0.01)",
        "        for _ in range(3):\n"
        "            asyncio.create_task(fail())\n"
        "            await asyncio.sleep(0.01)",
    ).replace(
        "    async def main",
        "    async def fail():\n        raise ValueError\n\n    async def main",
    )

    assert run(source).stderr.splitlines()[-3:] == [
        "  error    lost-exception  1 place,     seen 3 times",
        "  warning  abandoned-task  1 place,     seen once",
        "trueloop: 2 findings: 1 lost-exception, 1 abandoned-task",
    ]


def test_quiet_run_has_no_summary_but_its_findings(run):
    assert run(CLEAN, "--quiet").stderr == ""
    assert "lost-exception" in run(LOST, "--quiet").stderr
    assert "1 finding" not in run(LOST, "--quiet").stderr


def test_report_has_one_object_per_line(run, tmp_path):
    run(LOST, "--report", "found.jsonl")

    (finding,) = findings(tmp_path / "found.jsonl")
    assert list(finding) == [
        "kind", "severity", "message", "hint", "time", "count", "task", "where", "stack",
        "related", "details",
    ]  # fmt: skip
    assert finding["kind"] == "lost-exception"
    assert finding["where"] == {
        "file": str(tmp_path / "program.py"),
        "line": 5,
        "function": "notify",
    }
    assert finding["related"] == [
        {"role": "created", "file": str(tmp_path / "program.py"), "line": 8, "function": "main"}
    ]


def test_report_of_a_clean_program_is_empty(run, tmp_path):
    (tmp_path / "found.jsonl").write_text("from the run before\n")

    run(CLEAN, "--report=found.jsonl")

    assert (tmp_path / "found.jsonl").read_text() == ""


@pytest.mark.parametrize(
    ("source", "options", "status"),
    [
        (LOST, [], 0),
        (LOST, ["--fail-on", "error"], 3),
        (LOST, ["--fail-on", "warning"], 3),
        (ABANDONED, ["--fail-on", "error"], 0),
        (ABANDONED, ["--fail-on=warning"], 3),
        (CLEAN, ["--fail-on", "warning"], 0),
        (LOST + "raise SystemExit(4)\n", ["--fail-on", "error"], 4),
        (LOST + "raise SystemExit(0)\n", ["--fail-on", "error"], 3),
        (LOST + "raise SystemExit\n", ["--fail-on", "error"], 3),
        (LOST + "raise ValueError\n", ["--fail-on", "error"], 1),
    ],
)
def test_exit_status_is_the_programs_unless_it_succeeded(run, source, options, status):
    assert run(source, *options).returncode == status


def test_findings_of_threads_count_for_the_exit_status(run):
    source = """
        import asyncio, threading, time

        async def main():
            asyncio.create_task(asyncio.sleep(30))
            await asyncio.sleep(0.1)

        threading.Thread(target=lambda: asyncio.run(main())).start()
        """

    assert run(source, "--fail-on", "warning").returncode == 3


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--fail-on", "info", "x.py"], "invalid choice"),
        (["--unknown", "x.py"], "unrecognized arguments: --unknown"),
        (["--report"], "expected one argument"),
        ([], "which program?"),
        (["-m"], "which program?"),
        (["--report", "no/such/directory/f", "x.py"], "cannot write no/such/directory/f"),
        (["--report", ".", "x.py"], "cannot write ."),
        (["--sarif", "no/such/directory/f", "x.py"], "cannot write no/such/directory/f"),
    ],
)
def test_misuse_is_explained(options, problem, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "trueloop", "run", *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert problem in done.stderr


@pytest.mark.parametrize(
    ("arguments", "start"),
    [
        (["--help"], "usage: trueloop"),
        (["run", "--help"], "usage: trueloop run [--report FILE]"),
        (["check", "--help"], "usage: trueloop check"),
        (["explain", "--help"], "usage: trueloop explain"),
        (["--version"], "trueloop 0."),
    ],
)
def test_help_and_version_are_shown(arguments, start):
    done = subprocess.run(
        [sys.executable, "-m", "trueloop", *arguments], capture_output=True, text=True, check=True
    )

    assert done.stdout.startswith(start)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_killed_run_leaves_what_it_had_found(number, tmp_path):
    script = tmp_path / "endless.py"
    script.write_text(
        textwrap.dedent(
            """
            import asyncio, time

            async def fail():
                raise ValueError("early")

            async def main():
                asyncio.create_task(fail())
                await asyncio.sleep(0.01)
                print("ready", flush=True)
                await asyncio.sleep(60)

            asyncio.run(main())
            """
        )
    )
    report = tmp_path / "found.jsonl"
    with subprocess.Popen(
        [sys.executable, "-m", "trueloop", "run", "--report", report, script],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.wait() == -number

    assert [finding["kind"] for finding in findings(report)] == ["lost-exception"]


def test_stall_without_end_is_reported_while_it_lasts(tmp_path):
    script = tmp_path / "stuck.py"
    script.write_text(
        "import asyncio, time\n"
        "async def main():\n"
        "    await asyncio.sleep(0.01)\n"
        "    time.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen(
        [sys.executable, "-m", "trueloop", "run", "--report", tmp_path / "found.jsonl", script],
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        shown = process.stderr.readline()  # blocks until the watch says it
        place = process.stderr.readline()
        while not (tmp_path / "found.jsonl").stat().st_size:  # written at the same time
            os.sched_yield()
        process.send_signal(signal.SIGTERM)
        process.communicate()

    assert process.returncode == -signal.SIGTERM
    assert shown.startswith("trueloop: error[blocked-loop]: main has held the loop for ")
    assert place.strip() == f"--> {script}:4 in main"
    (finding,) = findings(tmp_path / "found.jsonl")
    assert finding["where"]["line"] == 4


def test_long_stall_that_ends_is_written_once(run, tmp_path):
    source = """
        import asyncio, time

        async def main():
            await asyncio.sleep(0.01)
            time.sleep(1.4)

        asyncio.run(main())
        """

    done = run(source, "--report", "found.jsonl")

    assert done.stderr.count("error[blocked-loop]") == 1
    assert done.stderr.splitlines()[-1] == "trueloop: 1 finding: 1 blocked-loop"
    assert [finding["where"]["line"] for finding in findings(tmp_path / "found.jsonl")] == [6]


def test_repetitions_are_written_at_powers_of_ten(run, tmp_path):
    source = """
        import asyncio

        async def fail():
            raise ValueError("again")

        async def main():
            for _ in range(120):
                asyncio.create_task(fail())
                await asyncio.sleep(0)
                await asyncio.sleep(0)

        asyncio.run(main())
        """

    run(source, "--report", "found.jsonl")

    assert [finding["count"] for finding in findings(tmp_path / "found.jsonl")] == [1, 10, 100]


def test_silenced_findings_are_counted(run, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.trueloop]\nignore = ["lost-exception"]\n')

    done = run(LOST, "--fail-on", "error", "--report", "found.jsonl")

    assert done.returncode == 0
    assert "trueloop: no findings; 1 more silenced\n" in done.stderr
    assert findings(tmp_path / "found.jsonl") == []


def test_comment_silences_its_line(run):
    source = LOST.replace('("no route")', '("no route")  # trueloop: ignore[lost-exception]')

    assert run(source).stderr.endswith("trueloop: no findings; 1 more silenced\n")


def test_diagnostics_can_be_switched_off_for_measurements(run):
    done = run(LOST, env={**os.environ, "TRUELOOP_DIAGNOSTICS": "0"})

    assert done.stderr.endswith("trueloop: diagnostics are off\n")


def test_closed_standard_error_is_left_alone(tmp_path):
    script = tmp_path / "program.py"
    script.write_text(textwrap.dedent(LOST))
    command = f'exec "$0" -m trueloop run --report found.jsonl {script} 2>&-'

    done = subprocess.run(["sh", "-c", command, sys.executable], cwd=tmp_path, check=False)

    assert done.returncode == 0
    assert [finding["kind"] for finding in findings(tmp_path / "found.jsonl")] == ["lost-exception"]


def test_forked_children_report_their_own_and_do_not_sum_up(run, tmp_path):
    source = """
        import asyncio, os, sys

        async def fail():
            raise ValueError("in the child")

        async def main(keep):
            task = asyncio.create_task(fail())
            await asyncio.sleep(0.01)
            keep.append(task)

        kept = []
        asyncio.run(main(kept))
        if os.fork() == 0:
            asyncio.run(main([]))
            sys.exit()
        os.wait()
        """

    done = run(source, "--report", "found.jsonl", env={**os.environ, "PYTHONWARNINGS": "ignore"})

    assert done.stderr.count("trueloop: 1 finding: 1 lost-exception\n") == 1
    assert [finding["count"] for finding in findings(tmp_path / "found.jsonl")] == [1, 1]


def test_findings_while_the_interpreter_shuts_down_do_no_harm(run):
    source = """
        import asyncio

        class Late:
            def __init__(self):
                self.loop = asyncio.new_event_loop()

            def __del__(self):
                async def fail():
                    raise ValueError("too late")
                self.loop.run_until_complete(asyncio.wait([self.loop.create_task(fail())]))
                self.loop.close()

        late = Late()
        late.itself = late
        print("end")
        """

    done = run(source)

    assert done.returncode == 0
    assert "trueloop/" not in done.stderr


def test_run_without_a_loop_does_not_claim_to_have_looked(run):
    assert run("print('no asyncio')").stderr == (
        "trueloop: nothing to watch: the program made no event loop, or one of its own choice\n"
    )


def test_program_that_closes_all_descriptors_is_reported_on(run, tmp_path):
    source = "import os\nos.closerange(3, 100)\nown = open('own', 'w')\n" + textwrap.dedent(LOST)

    done = run(source, "--report", "found.jsonl")

    assert done.returncode == 0
    assert (tmp_path / "own").read_text() == ""
    assert [finding["kind"] for finding in findings(tmp_path / "found.jsonl")] == ["lost-exception"]


def test_findings_are_coloured_on_a_terminal(tmp_path):
    script = tmp_path / "program.py"
    script.write_text(textwrap.dedent(LOST))
    environment = {name: text for name, text in os.environ.items() if "COLOR" not in name}
    master, slave = pty.openpty()
    subprocess.run(
        [sys.executable, "-m", "trueloop", "run", script],
        stderr=slave,
        env=environment | {"TERM": "xterm"},
        check=True,
    )
    shown = os.read(master, 65536).decode()
    os.close(slave)
    os.close(master)

    assert shown.startswith("trueloop: \x1b[1;31merror[lost-exception]\x1b[0m: ")


def test_other_loops_are_left_to_themselves(run):
    source = """
        import asyncio

        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            print(runner.run(asyncio.sleep(0.01, "own loop")))
        """

    done = run(source)

    assert done.stdout == "own loop\n"
    assert done.stderr.startswith("trueloop: nothing to watch")


def test_sarif_is_written_at_the_end(run, tmp_path):
    run(LOST, "--sarif", "found.sarif")

    log = json.loads((tmp_path / "found.sarif").read_text())
    (result,) = log["runs"][0]["results"]
    assert result["ruleId"] == "lost-exception"
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "program.py"},
        "region": {"startLine": 5},
    }


AT_EXIT = """
    import asyncio, atexit

    async def fail():
        raise ValueError("at exit")

    async def main():
        task = asyncio.create_task(fail())
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    def finish():
        asyncio.run(main())
        print("finished")

    atexit.register(print, "last of all")
    {}
    atexit.register(finish)
    """


@pytest.mark.parametrize("before", ["", "asyncio.run(asyncio.sleep(0))"])
def test_findings_at_exit_count_for_the_exit_status(before, run, tmp_path):
    done = run(AT_EXIT.format(before), "--fail-on", "error", "--report", "found.jsonl")

    assert done.stdout == "finished\nlast of all\n"
    assert [finding["kind"] for finding in findings(tmp_path / "found.jsonl")] == ["lost-exception"]
    assert done.stderr.splitlines()[-1] == "trueloop: 1 finding: 1 lost-exception"
    assert done.returncode == 3


def test_what_fails_at_exit_changes_nothing_else(run):
    source = """
        import atexit, threading, time

        def fail():
            raise ValueError("at exit")

        def late():
            time.sleep(0.1)
            print("thread")

        atexit.register(print, "last")
        atexit.register(fail)
        threading.Thread(target=late).start()
        """
    plain, judged = run(source, "--quiet"), run(source, "--quiet", "--fail-on", "error")

    assert judged.stdout == plain.stdout == "thread\nlast\n"
    assert re.sub("0x[0-9a-f]+", "", judged.stderr) == re.sub("0x[0-9a-f]+", "", plain.stderr)
    assert "ValueError: at exit" in judged.stderr
    assert judged.returncode == plain.returncode == 0


@pytest.mark.parametrize("late", ["at exit", "in a thread", "in a module's end"])
def test_finding_recorded_after_the_end_does_no_harm(late, run, tmp_path):
    """Whatever a detector would do then: the ledger and the sinks must stand it."""
    source = """
        import asyncio, atexit, sys, threading, time
        from trueloop import diagnostics
        from trueloop.diagnostics import Finding, Place, Severity

        def record(number):
            diagnostics.ledger.record(Finding(
                kind="deadlock", severity=Severity.ERROR, message="late", hint="None.",
                time=0.0, where=Place(__file__, number, "f"),
            ))

        class Late:
            def __del__(self, record=record):
                for number in range(50):
                    record(number)

        def forever():
            while True:
                for number in range(50):
                    record(number)

        asyncio.run(asyncio.sleep(0))
        """
    source = (
        source.rstrip(" ")
        + {
            "at exit": "        atexit.register(Late().__del__)\n",
            "in a thread": "        threading.Thread(target=forever, daemon=True).start()\n",
            "in a module's end": "        late = Late()\n        late.itself = late\n",
        }[late]
    )

    done = run(source, "--report", "found.jsonl", "--sarif", "found.sarif")

    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert "Error" not in done.stderr
    for line in (tmp_path / "found.jsonl").read_text().splitlines():
        assert json.loads(line)["kind"] == "deadlock"


def test_flood_of_places_is_told_in_measure(run, tmp_path):
    source = """
        from trueloop import diagnostics
        from trueloop.diagnostics import Finding, Place, Severity
        import asyncio

        asyncio.run(asyncio.sleep(0))
        for number in range(1, 1001):
            diagnostics.ledger.record(Finding(
                kind="deadlock", severity=Severity.ERROR, message="again", hint="None.",
                time=0.0, where=Place("generated.py", number, "f"),
            ))
        """

    done = run(source, "--report", "found.jsonl")

    assert 100 <= done.stderr.count("error[deadlock]") < 300
    assert "more findings were held back" in done.stderr
    assert done.stderr.endswith("trueloop: 1000 findings: 1000 deadlock\n")
    assert len(findings(tmp_path / "found.jsonl")) == 1000
