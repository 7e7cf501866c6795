"""`trueloop check`: the bugs that can be seen without running the program.

Law: ruff finds, this shows: each thing that ruff's ASYNC rules say becomes a finding, of a kind
that bears the rule's name, in the same forms as those of a run. Exit status as ruff's: 0 if there
is nothing to say, 1 if there is, 2 if something went wrong.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

from trueloop.cli import ruff
from trueloop.cli.enclosing import Functions
from trueloop.cli.sarif import as_sarif
from trueloop.diagnostics.files import write_whole
from trueloop.diagnostics.finding import Finding, Severity
from trueloop.diagnostics.ledger import Ledger
from trueloop.diagnostics.places import Place
from trueloop.diagnostics.silencing import Silencing
from trueloop.diagnostics.terminal import Pen, shows_colours
from trueloop.diagnostics.text import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CLEAN = 0
FINDINGS_FOUND = 1
FAILED = 2

BROKEN = "invalid-syntax"

_OFF_THE_LOOP = "or move the call off the loop: `await asyncio.to_thread(...)`."

# Rules for code that does harm whenever it runs, with the kind under which a run would report it.
_HARMFUL = {
    "ASYNC105": "never-awaited",
    "ASYNC210": "blocked-loop",
    "ASYNC212": "blocked-loop",
    "ASYNC220": "blocked-loop",
    "ASYNC221": "blocked-loop",
    "ASYNC222": "blocked-loop",
    "ASYNC250": "blocked-loop",
    "ASYNC251": "blocked-loop",
}
_AT_RUN_TIME = {
    **_HARMFUL,
    "ASYNC119": "unclosed-generator",
    "ASYNC230": "blocked-loop",
    "ASYNC240": "blocked-loop",
}

_HINTS = {
    "ASYNC100": "Await something inside the block, or leave the block out: nothing can time out.",
    "ASYNC105": "Await the call.",
    "ASYNC109": "Let the caller say `async with asyncio.timeout(...)` around the call.",
    "ASYNC110": "Let whoever changes the condition set an asyncio.Event, and await that.",
    "ASYNC116": "Wait for what is to come instead: an asyncio.Event, or the task itself.",
    "ASYNC119": "Close the generator in the caller, by contextlib.aclosing(), or return a list.",
    "ASYNC210": f"Use an asynchronous client (httpx.AsyncClient, aiohttp), {_OFF_THE_LOOP}",
    "ASYNC212": "Use httpx.AsyncClient, and await its methods.",
    "ASYNC220": "Use asyncio.create_subprocess_exec or asyncio.create_subprocess_shell.",
    "ASYNC221": "Use asyncio.create_subprocess_exec, and await process.communicate().",
    "ASYNC222": "Start it by asyncio.create_subprocess_exec, and await process.wait().",
    "ASYNC230": f"Read small files before the loop runs, {_OFF_THE_LOOP}",
    "ASYNC240": f"Use an asynchronous path (anyio.Path), {_OFF_THE_LOOP}",
    "ASYNC250": "Read it in a thread: `await asyncio.to_thread(input, ...)`.",
    "ASYNC251": "Use `await asyncio.sleep(...)`.",
    BROKEN: "Correct it; of the rest of the file nothing is known.",
}


def main(arguments: Sequence[str]) -> int:
    """Check files and folders; the exit status."""
    parser = argparse.ArgumentParser(
        prog="trueloop check",
        allow_abbrev=False,
        description="Name the asyncio bugs that can be seen without running the program.",
    )
    parser.add_argument("paths", metavar="PATH", nargs="*", default=["."], help="default: .")
    parser.add_argument("--format", choices=["text", "json", "sarif"], default="text")
    parser.add_argument("--output", metavar="FILE", help="write there; default: standard output")
    parser.add_argument(
        "--fail-on",
        choices=["warning", "error"],
        default="warning",
        help="exit with status 1 only for such findings or worse; default: warning",
    )
    options = parser.parse_args(arguments)
    try:
        for path in options.paths:
            os.stat(path)
        ledger = checked(options.paths)
        _write(_shown(ledger, options.format, options.output), options.output)
    except OSError as error:
        return _failed(f"{error.filename}: {error.strerror}")
    except (ruff.NoRuff, ruff.RuffFailed) as problem:
        return _failed(str(problem))
    return FINDINGS_FOUND if ledger.reaches(Severity(options.fail_on)) else CLEAN


def checked(paths: Sequence[str]) -> Ledger:
    """What there is to say of these files and folders, without what is silenced."""
    ledger = Ledger(_Silencing(os.getcwd()))
    for finding in _findings(ruff.check(paths)):
        ledger.record(finding)
    return ledger


class _Silencing(Silencing):
    """Who has silenced a line for a run has looked at it: that counts here too."""

    def covers(self, finding: Finding) -> bool:
        kind = _AT_RUN_TIME.get(finding.kind)
        return super().covers(finding) or (
            kind is not None and super().covers(dataclasses.replace(finding, kind=kind))
        )


def _findings(results: list[dict[str, Any]]) -> Iterator[Finding]:
    functions: dict[str, Functions] = {}
    now = time.time()
    for result in results:
        file, start, end = result["filename"], result["location"], result["end_location"]
        if file not in functions:
            functions[file] = Functions(file)
        kind = result["code"] or BROKEN
        message = result["message"].rstrip(".")
        details: dict[str, int | str] = {
            "rule": result.get("name") or kind,
            "column": start["column"],
            "end_line": end["row"],
            "end_column": end["column"],
        }
        details["docs"] = result.get("url") or ""
        if kind in _AT_RUN_TIME:
            details["at_run_time"] = _AT_RUN_TIME[kind]
        fix = (result.get("fix") or {}).get("message")
        yield Finding(
            kind=kind,
            severity=Severity.ERROR if kind in (*_HARMFUL, BROKEN) else Severity.WARNING,
            message=message,
            hint=f"{fix}." if fix else _HINTS.get(kind, "The rule's page says what to do."),
            time=now,
            where=Place(file, start["row"], functions[file].around(start["row"])),
            details=details,
        )


def _shown(ledger: Ledger, form: str, output: str | None) -> str:
    findings = ledger.findings()
    if form == "json":
        return "".join(finding.as_json() + "\n" for finding in findings)
    if form == "sarif":
        return json.dumps(as_sarif(findings), indent=2) + "\n"
    pen = Pen(coloured=output is None and sys.stdout is not None and shows_colours(1))
    texts = "".join(as_text(finding, pen) + "\n" for finding in findings)
    return f"{texts}trueloop: {ledger.summary()}\n"


def _write(text: str, output: str | None) -> None:
    data = text.encode("utf-8", "backslashreplace")
    if output is not None:
        with open(output, "wb") as file:
            file.write(data)
    elif sys.stdout is not None:
        write_whole(1, data)


def _failed(problem: str) -> int:
    print(f"trueloop check: error: {problem}", file=sys.stderr)
    return FAILED
