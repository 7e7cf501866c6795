"""A test that hangs or kills its process costs the conformance run that one test."""

import importlib.util
import os
import select
import subprocess
import sys
import textwrap

import pytest

from tests.conformance.verdict import judge
from tests.conformance.watch import ROOT, Result, run_module

needs_cpython_tests = pytest.mark.skipif(
    importlib.util.find_spec("test.support") is None,
    reason="this Python was installed without its test package",
)


def run_misbehaving(tmp_path, **options):
    module = "tests.conformance.misbehaving"
    log = tmp_path / "log"
    run = run_module(module, "asyncio:new_event_loop", limit_s=1.5, log=log, **options)
    return run, [result.state for result in run.results.values()], log.read_text()


@needs_cpython_tests
def test_each_test_gets_its_own_result(tmp_path):
    run, states, log = run_misbehaving(tmp_path)

    assert states == ["passed", "hung", "failed", "crashed", "skipped", "failed", "passed"]
    assert not run.error
    assert "test_2_hangs" in log  # the stack of the one that hung
    assert any("on purpose" in result.detail for result in run.results.values())


@needs_cpython_tests
def test_only_the_named_tests_run(tmp_path):
    name = "tests.conformance.misbehaving.Misbehaving.test_3_fails"

    run, states, _ = run_misbehaving(tmp_path, only=[name])

    assert list(run.results) == [name]
    assert states == ["failed"]


def test_a_module_that_cannot_be_loaded_says_so(tmp_path):
    run = run_module("no.such.module", "asyncio:new_event_loop", limit_s=10, log=tmp_path / "log")

    assert run.error
    assert not run.results


def test_only_failures_that_asyncio_does_not_have_count():
    failed, passed = Result("failed", "why"), Result("passed")
    bad = {"ours": failed, "shared": failed, "unsteady": failed, "our own class": failed}

    verdict = judge(
        bad,
        again={**bad, "unsteady": passed},
        stock={"ours": passed, "shared": failed, "unsteady": passed},
    )

    assert list(verdict.ours) == ["ours", "our own class"]
    assert verdict.shared == ["shared"]
    assert list(verdict.unsteady) == ["unsteady"]
    assert not verdict.is_good


@needs_cpython_tests
def test_a_child_ends_with_its_parent(tmp_path):
    source = """
        import sys
        from pathlib import Path
        from tests.conformance import watch

        def telling(child, *rest, events=watch._events):
            for event in events(child, *rest):
                if event["event"] == "started":
                    print(child.pid, flush=True)
                yield event

        watch._events = telling
        name = "tests.conformance.misbehaving"
        only = [f"{name}.Misbehaving.test_2_hangs"]
        log = Path(sys.argv[1])
        watch.run_module(name, "asyncio:new_event_loop", limit_s=60, log=log, only=only)
        """
    log = tmp_path / "log"
    command = [sys.executable, "-c", textwrap.dedent(source), str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as parent:
        child = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()

    try:
        assert select.select([child], [], [], 30)[0]
    finally:
        os.close(child)
