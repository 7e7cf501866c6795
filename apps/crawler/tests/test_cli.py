"""The command: what it prints, writes and returns."""

import json
import re
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from honest_crawl import cli
from honest_crawl.ledger import Fate, Ledger
from honest_crawl.options import parse


def test_the_demo_reports_writes_and_succeeds(
    python: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    done = python("-m", "honest_crawl", "--demo", "--out", "out.jsonl", PYTHONWARNINGS="error")
    assert (done.returncode, done.stderr) == (0, "")
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert f"{len(lines)} URLs seen, {len(lines)} accounted for." in done.stdout
    assert len({line["url"] for line in lines}) == len(lines)
    totals = Counter(line["fate"] for line in lines)
    assert set(totals) <= {*Fate}
    for fate in Fate:
        assert re.search(rf"^ {fate} +{totals[fate]} ", done.stdout, re.MULTILINE)
    assert max(len(line) for line in done.stdout.splitlines()) <= 100
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "give either a URL or --demo"),
        (["--demo", "http://example.org"], "give either a URL or --demo"),
        (["ftp://example.org"], "'ftp://example.org' does not begin with http:// or https://"),
        (["http://"], "names no host."),
        (["--demo", "--limit", "0"], "argument --limit: '0' is not a number from 1 up"),
        (["--demo", "--timeout", "soon"], "'soon' is not a number of seconds above 0"),
        (["--demo", "--out", "/dev/null/x"], "'/dev/null/x' cannot be written: Not a directory"),
        (["--demo", "--inject-pause", "--inject-blocker"], "not allowed with"),
    ],
)
def test_wrong_arguments_are_explained(
    capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    with pytest.raises(SystemExit) as error:
        cli.main(arguments)
    assert error.value.code == 2
    assert sentence in capsys.readouterr().err


def test_options_override_the_limits_of_the_demo() -> None:
    given = ["--limit", "7", "--concurrency", "2", "--timeout", "0.5", "--depth", "1"]
    limits = parse(["--demo", *given]).limits
    assert (limits.pages, limits.concurrency, limits.timeout_s, limits.depth) == (7, 2, 0.5, 1)


def test_an_account_that_does_not_add_up_fails(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crawl(_options: object, ledger: Ledger) -> None:
        ledger.enter("http://example.org/")

    monkeypatch.setattr(cli, "_crawl", crawl)
    assert cli.main(["http://example.org/"]) == 1
    assert capsys.readouterr().err == (
        "honest-crawl: the account does not add up: 1 of 1 URLs have no fate.\n"
    )
