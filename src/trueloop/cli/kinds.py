"""`trueloop kinds`: the kinds of findings, each in a few words."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

IN_SHORT = {
    "blocked-loop": "one step or callback kept everything else from running",
    "starved-loop": "many short steps together kept everything else waiting",
    "circular-await": "tasks wait for each other in a circle, or for themselves",
    "deadlock": "nothing is left that could ever wake the program",
    "stranded-task": "a task waits for something that nobody can complete any more",
    "lost-exception": "something failed, and nobody will ever learn why",
    "swallowed-cancellation": "a task was told to end, and its code made nothing of it",
    "abandoned-task": "main returned while a task was still at work",
    "never-awaited": "a coroutine was made and never run",
    "wrong-thread": "a loop's things were touched from another thread",
    "stuck-shutdown": "something does not end although it was told to",
    "unclosed-generator": "an asynchronous generator was left before its end, and not closed",
    "saturated-executor": "work for a thread had to wait because all threads were busy",
}


def main(arguments: Sequence[str]) -> int:
    """Print the list; the exit status."""
    parser = argparse.ArgumentParser(prog="trueloop kinds", description="List kinds of findings.")
    parser.parse_args(arguments)
    for kind, text in IN_SHORT.items():
        print(f"{kind:<24}{text}")
    return 0
