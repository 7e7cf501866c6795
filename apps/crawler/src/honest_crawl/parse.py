"""Owns how the links of an HTML page are found. Knows neither network nor crawl.

Law: a page costs the loop next to nothing. What is large is parsed in a thread (lxml lets go of the
GIL meanwhile). lxml is chosen because hostile pages cannot drive it into depth: a tree parser
without a bound needs 11 s for half a MiB of "<div>", CPython 3.11's html.parser over a minute for
as much of "<!--".
"""

import asyncio
from dataclasses import dataclass
from typing import cast

from lxml import etree

from honest_crawl.address import resolve
from honest_crawl.inject import Injection, inject

__all__ = ["Parser", "TooDeepError", "find_links"]

_LARGE_BYTES = 32 * 1024  # above this a hostile page could take longer than some 10 ms
_LINKS = "//a/@href | //area/@href | //iframe/@src | //frame/@src"


class TooDeepError(Exception):
    """The page is nested deeper than the parser goes, so not all its links can be known."""


@dataclass(slots=True)
class Parser:
    """Finds the links of pages; `injection` is what the lab plants into its second page."""

    injection: Injection = Injection.NONE
    pages: int = 0

    async def links(self, page: bytes, url: str, charset: str | None) -> list[str]:
        """The links of the page at `url`, resolved, each once, in the page's order.

        Raises:
            TooDeepError: not all links can be known.
        """
        self.pages += 1
        if self.pages == 2:  # by now other requests are under way, and the blocker will hurt them
            await inject(self.injection)
        if len(page) > _LARGE_BYTES:
            return await asyncio.to_thread(find_links, page, url, charset)
        return find_links(page, url, charset)


def find_links(page: bytes, url: str, charset: str | None) -> list[str]:
    """What `Parser.links` says, on the thread that calls it."""
    try:
        parser = etree.HTMLParser(encoding=charset, recover=True)
    except (LookupError, ValueError):  # the server names a charset that does not exist
        parser = etree.HTMLParser(recover=True)
    tree = etree.fromstring(page, parser)
    if any(_is_about_depth(error) for error in parser.error_log):
        raise TooDeepError(f"{url} is nested too deep to be read.")
    if tree is None:
        return []
    hrefs = cast("list[str]", tree.xpath(_LINKS))
    bases = cast("list[str]", tree.xpath("//base/@href"))
    base = _spell(str(bases[0]), url) if bases else url
    return list(
        dict.fromkeys(_spell(str(href), base) for href in hrefs if not href.startswith("#"))
    )


def _is_about_depth(error: "etree._LogEntry") -> bool:
    """Whether the parser went no further; libxml2 before 2.13 has no number of its own for it."""
    return error.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT or "Excessive depth" in error.message


def _spell(href: str, base: str) -> str:
    """`href` resolved, or as it stands if it is no URL: then the ledger will say so."""
    try:
        return resolve(href, base)
    except ValueError:
        return href
