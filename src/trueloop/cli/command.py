"""What the command line says, and what `trueloop run` does around the program it runs.

Law: the only place that writes to the terminal on trueloop's own behalf. What the program itself
does (its output, its exit status, the signal it dies of) is left as plain `python` would have it.
"""

from __future__ import annotations

import argparse
import atexit
import os
import sys
import threading
from typing import TYPE_CHECKING, NoReturn

import trueloop
from trueloop import diagnostics
from trueloop.cli.program import Code, Module, Program, Script
from trueloop.diagnostics import Severity, sinks

if TYPE_CHECKING:
    from collections.abc import Sequence

USAGE_ERROR = 2
FINDINGS_FOUND = 3

_USAGE = (
    "trueloop run [--report FILE] [--fail-on {warning,error}] [--quiet] PROGRAM.py [ARGS...]\n"
    "       trueloop run [options] -m MODULE [ARGS...]\n"
    "       trueloop run [options] -c CODE [ARGS...]"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out the command line (default: the process's); the exit status.

    Raises SystemExit and KeyboardInterrupt when the program that is run ends with them.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        prog="trueloop", description="Run asyncio programs on trueloop and name their bugs."
    )
    parser.add_argument("--version", action="version", version=f"trueloop {trueloop.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    commands.add_parser("run", help="run an unmodified asyncio program", add_help=False)
    # Whatever follows the command is the command's own to understand.
    parser.parse_args(given[:1])
    return run(given[1:])


def run(arguments: Sequence[str]) -> int:
    """`trueloop run`: run a program on trueloop, report its findings; the exit status."""
    options, program = _understand(arguments)
    if not os.path.isdir(os.path.dirname(os.path.abspath(options.report or "."))):
        _refuse(f"cannot write {options.report}: there is no such directory")
    report = _Report(options)
    trueloop.install()
    if options.fail_on is None:
        return program.run(report.announce_stalls)
    try:
        status = program.run(report.announce_stalls)
    except SystemExit as end:
        if end.code is not None and not (isinstance(end.code, int) and end.code == 0):
            raise
        status = 0
    return status or report.status_after_all(Severity(options.fail_on))


def _understand(arguments: Sequence[str]) -> tuple[argparse.Namespace, Program]:
    """The options, and the program that follows them with its own arguments."""
    parser = argparse.ArgumentParser(
        prog="trueloop run", usage=_USAGE, allow_abbrev=False,
        description="Run an unmodified asyncio program on trueloop and name its bugs.",
    )  # fmt: skip
    parser.add_argument("--report", metavar="FILE", help="write findings as JSON lines")
    parser.add_argument(
        "--fail-on",
        choices=[level.value for level in Severity],
        help=f"exit with status {FINDINGS_FOUND} if the program succeeded but has such findings",
    )
    parser.add_argument("--quiet", action="store_true", help="no summary at the end")
    own, program = _split(list(arguments))
    options = parser.parse_args(own)
    if program is None:
        parser.error("which program? PROGRAM.py, -m MODULE or -c CODE")
    return options, program


def _split(arguments: list[str]) -> tuple[list[str], Program | None]:
    """trueloop's own options, and the program: it begins at the first word that is not an option.

    As with python itself, -m and -c end the options, and may have their value attached.
    """
    takes_value = {"--report", "--fail-on"}
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


class _Report:
    """The findings of one run: where they go, and what is said of them at the end."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._process = os.getpid()
        self._quiet = options.quiet
        diagnostics.remove_sink(diagnostics.default_sink)
        self._text_fd = self._json_fd = -1
        if sys.stderr is not None:  # else descriptor 2 may be anything
            self._text_fd = 2
            diagnostics.add_sink(sinks.TextSink(self._text_fd))
        if options.report is not None:
            self._json_fd = _open_report(options.report)
            diagnostics.add_sink(sinks.JsonLinesSink(self._json_fd))
        # Registered before anything of the program's, and so called after everything of the
        # program's.
        atexit.register(self._sum_up)

    def announce_stalls(self) -> None:
        """Let the watch thread write too; only a finished `__main__` tells whose code is whose."""
        diagnostics.announce_stalls(self._text_fd, self._json_fd)

    def status_after_all(self, level: Severity) -> int:
        """Exit status of a program that succeeded, by its findings.

        The program's threads are waited for first, as the interpreter would do next anyway: their
        findings count.
        """
        threading._shutdown()  # type: ignore[attr-defined]
        diagnostics.program_ends()
        return FINDINGS_FOUND if diagnostics.ledger.reaches(level) else 0

    def _sum_up(self) -> None:
        if os.getpid() != self._process or self._quiet or self._text_fd < 0:
            return
        if diagnostics.has_watched():
            text = diagnostics.ledger.summary()
        elif diagnostics.enabled():
            text = "nothing to watch: the program made no event loop, or one of its own choice"
        else:
            text = "diagnostics are off"
        sinks.write_whole(self._text_fd, f"trueloop: {text}\n".encode())


def _open_report(path: str) -> int:
    try:
        return os.open(
            path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o666
        )
    except OSError as error:
        _refuse(f"cannot write {path}: {error.strerror}")


def _refuse(problem: str) -> NoReturn:
    print(f"trueloop run: error: {problem}", file=sys.stderr)
    raise SystemExit(USAGE_ERROR)
