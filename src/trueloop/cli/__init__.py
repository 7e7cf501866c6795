"""The command `trueloop`, the same as `python -m trueloop`."""

from trueloop.cli.command import main

__all__ = ["main"]
