"""`trueloop run`: what it does around the program it runs.

Law: what the program itself does (its output, its exit status, the signal it dies of) is left as
plain `python` would have it; only --fail-on changes the status, and only of success.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, NoReturn

from trueloop import diagnostics
from trueloop.cli.program import Code, Module, Program, Script
from trueloop.cli.report import Report
from trueloop.primitives.acceleration import accelerate
from trueloop.runner import take_over

if TYPE_CHECKING:
    from collections.abc import Sequence

USAGE_ERROR = 2
FINDINGS_FOUND = 3

_USAGE = (
    "trueloop run [--report FILE] [--sarif FILE] [--fail-on {warning,error}] [--quiet]\n"
    "                    [--no-accelerate] PROGRAM.py [ARGS...]\n"
    "       trueloop run [options] -m MODULE [ARGS...]\n"
    "       trueloop run [options] -c CODE [ARGS...]"
)


def main(arguments: Sequence[str]) -> int:
    """Run a program on trueloop, report its findings; the exit status."""
    options, program = _understand(arguments)
    try:
        report = Report(options.report, options.sarif, quiet=options.quiet)
    except OSError as error:
        _refuse(f"cannot write {error.filename}: {error.strerror}")
    take_over()
    if not options.no_accelerate:
        accelerate()
    diagnostics.note_callers()
    if options.fail_on is None:
        return program.run(report.announce_stalls)
    try:
        status = program.run(report.announce_stalls)
    except SystemExit as end:
        if end.code is not None and not (isinstance(end.code, int) and end.code == 0):
            raise
        status = 0
    if status == 0 and report.reaches_after_all(options.fail_on):
        return FINDINGS_FOUND
    return status


def _understand(arguments: Sequence[str]) -> tuple[argparse.Namespace, Program]:
    """The options, and the program that follows them with its own arguments."""
    parser = argparse.ArgumentParser(
        prog="trueloop run", usage=_USAGE, allow_abbrev=False,
        description="Run an unmodified asyncio program on trueloop and name its bugs.",
    )  # fmt: skip
    parser.add_argument("--report", metavar="FILE", help="write findings as JSON lines")
    parser.add_argument("--sarif", metavar="FILE", help="write findings as SARIF at the end")
    parser.add_argument(
        "--fail-on",
        choices=["warning", "error"],
        help=f"exit with status {FINDINGS_FOUND} if the program succeeded but has such findings",
    )
    parser.add_argument(
        "--no-accelerate",
        action="store_true",
        help="leave asyncio's own Lock, Queue and their like in place",
    )
    parser.add_argument("--quiet", action="store_true", help="findings only: no summary, no notice")
    own, program = _split(list(arguments))
    options = parser.parse_args(own)
    if program is None:
        parser.error("which program? PROGRAM.py, -m MODULE or -c CODE")
    return options, program


def _split(arguments: list[str]) -> tuple[list[str], Program | None]:
    """trueloop's own options, and the program: it begins at the first word that is not an option.

    As with python itself, -m and -c end the options, and may have their value attached.
    """
    takes_value = {"--report", "--sarif", "--fail-on"}
    position = 0
    while position < len(arguments):
        word = arguments[position]
        own, rest = arguments[:position], arguments[position + 1 :]
        if word in takes_value:
            position += 2
        elif word == "--" and rest:
            return own, Script(rest[0], rest[1:])
        elif word[:2] in ("-m", "-c"):
            words = [word[2:], *rest] if word[2:] else rest
            if not words:
                return own, None
            make = Module if word[1] == "m" else Code
            return own, make(words[0], words[1:])
        elif word.startswith("-") and word != "-":
            position += 1
        else:
            return own, Script(word, rest)
    return arguments, None


def _refuse(problem: str) -> NoReturn:
    print(f"trueloop run: error: {problem}", file=sys.stderr)
    raise SystemExit(USAGE_ERROR)
