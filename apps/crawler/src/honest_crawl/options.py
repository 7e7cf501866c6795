"""Owns the command line: from words to `Options`, or to a sentence that says what is wrong."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TextIO

from honest_crawl import __version__
from honest_crawl.address import resolve, scheme_of
from honest_crawl.frontier import Limits
from honest_crawl.inject import Injection

__all__ = ["Options", "parse"]

_USUAL = Limits()
_DEMO = Limits(pages=120, depth=4, timeout_s=2.0)
_EPILOG = """\
Ctrl-C and SIGTERM stop gracefully: what runs is cancelled, awaited and accounted for; a second one
acts at once. Exit status: 0 if every URL ever seen is accounted for, also after a graceful stop;
1 if not; 2 for wrong arguments; 130 if a second Ctrl-C broke off the stop.
"""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command is to do."""

    url: str | None  # None: the embedded site
    limits: Limits
    injection: Injection
    out: TextIO | None
    log: TextIO | None


def parse(arguments: Sequence[str] | None) -> Options:
    """Read the arguments; None stands for those of the process.

    Raises:
        SystemExit: they are wrong, or ask for help. The user has been told.
    """
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.demo == (given.url is not None):
        parser.error("give either a URL or --demo")
    limits = {
        "pages": given.limit,
        "depth": given.depth,
        "concurrency": given.concurrency,
        "timeout_s": given.timeout,
    }
    chosen = {name: value for name, value in limits.items() if value is not None}
    return Options(
        url=given.url,
        limits=replace(_DEMO if given.demo else _USUAL, **chosen),
        injection=given.injection,
        out=given.out,
        log=given.log,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="honest-crawl",
        description="Crawl one host and account for every URL ever seen.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "url",
        nargs="?",
        type=_url,
        metavar="URL",
        help="where to start; other hosts are left alone",
    )
    add("--demo", action="store_true", help="crawl an embedded hostile site instead")
    for name, field, convert, words in (
        ("limit", "pages", _count, "pages visited at most"),
        ("concurrency", "concurrency", _count, "requests at a time"),
        ("timeout", "timeout_s", _seconds, "seconds for one request"),
        ("depth", "depth", _count, "links from the start at most"),
    ):
        default = f"{getattr(_USUAL, field):g}, demo {getattr(_DEMO, field):g}"
        add(f"--{name}", type=convert, metavar="N", help=f"{words} ({default})")
    add("--out", type=_writable, metavar="FILE", help="write the account, a JSON object per URL")
    add("--log", type=_writable, metavar="FILE", help='write a JSON log; "-" is standard error')
    add("--version", action="version", version=f"%(prog)s {__version__}")
    parser.set_defaults(injection=Injection.NONE)
    lab = parser.add_argument_group("the lab").add_mutually_exclusive_group()
    for option, injection, words in (
        ("--inject-blocker", Injection.BLOCKER, "time.sleep(2) on the loop, at the second page"),
        ("--inject-pause", Injection.PAUSE, "asyncio.sleep(2) in its place"),
    ):
        lab.add_argument(
            option, dest="injection", action="store_const", const=injection, help=words
        )
    return parser


def _url(text: str) -> str:
    try:
        url = resolve(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if scheme_of(url) not in ("http", "https"):
        raise argparse.ArgumentTypeError(f"{text!r} does not begin with http:// or https://")
    return url


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return seconds


def _writable(name: str) -> TextIO:
    try:
        # A file of its own for "-" too, so that whoever opened it may close it.
        return open(sys.stderr.fileno() if name == "-" else name, "w", closefd=name != "-")
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{name!r} cannot be written: {error.strerror}") from error
