"""What the command line says first: which of trueloop's commands is meant.

Law: knows the commands by name and loads one only when it is wanted; what its own arguments mean is
the command's business.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from typing import TYPE_CHECKING

import trueloop

if TYPE_CHECKING:
    from collections.abc import Sequence

_COMMANDS = {
    "run": ("trueloop.cli.run", "run an unmodified asyncio program, and name its bugs"),
    "check": ("trueloop.cli.check", "read Python files without running them, and name their bugs"),
    "explain": ("trueloop.cli.explain", "print the page about a kind of finding"),
    "kinds": ("trueloop.cli.kinds", "list the kinds of findings"),
}


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
    for name, (_, purpose) in _COMMANDS.items():
        commands.add_parser(name, help=purpose, add_help=False)
    # Whatever follows the command is the command's own to understand.
    module, _ = _COMMANDS[parser.parse_args(given[:1]).command]
    status: int = importlib.import_module(module).main(given[1:])
    return status
