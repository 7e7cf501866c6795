"""Links are found in whatever is called HTML, at a bounded price."""

import asyncio
import threading

import pytest
import trueloop
from hypothesis import given
from hypothesis import strategies as st

from honest_crawl import parse
from honest_crawl.parse import Parser, TooDeepError, find_links

PAGE = "http://example.org/a/b"


@pytest.mark.parametrize(
    ("html", "links"),
    [
        (b"", []),
        (b"\x89PNG\r\n\x00", []),
        (b"<a href=x>", ["http://example.org/a/x"]),
        (b"<a href=x><a href='x#1'><A HREF=\"./x\">", ["http://example.org/a/x"]),
        (b"<a href=#part><a name=x><a href>", [PAGE]),
        (b"<base href=/c/><a href=x>", ["http://example.org/c/x"]),
        (
            b"<map><area href=x></map><iframe src=y>",
            ["http://example.org/a/x", "http://example.org/a/y"],
        ),
        (b"<a href='http://[::1'>", ["http://[::1"]),
        (b"<b><a href=x></i></table><p class=y", ["http://example.org/a/x"]),
        (b"<!-- <a href=x> --><script>'<a href=y>'</script>", []),
    ],
)
def test_links_are_found_resolved_and_once(html: bytes, links: list[str]) -> None:
    assert find_links(html, PAGE, None) == links


@pytest.mark.parametrize("charset", ["klingon", "\x00", "utf-8", "utf-16", ""])
def test_no_charset_is_too_strange(charset: str) -> None:
    find_links(b"<a href=x>", PAGE, charset)


@given(st.binary(max_size=200))
def test_no_bytes_make_the_parser_fail(html: bytes) -> None:
    find_links(b"<html><a href=x " + html, PAGE, "utf-8")


def test_a_page_nested_too_deep_is_not_passed_off_as_read() -> None:
    with pytest.raises(TooDeepError, match=r"^http://example\.org/a/b is nested too deep"):
        find_links(b"<a href=x>" + b"<div>" * 10_000 + b"<a href=y>", PAGE, None)


@pytest.mark.parametrize(("size", "in_thread"), [(1_000, False), (100_000, True)])
def test_only_a_large_page_is_parsed_in_a_thread(
    monkeypatch: pytest.MonkeyPatch, size: int, in_thread: bool
) -> None:
    threads: list[threading.Thread] = []

    def find(page: bytes, url: str, charset: str | None) -> list[str]:
        threads.append(threading.current_thread())
        return []

    monkeypatch.setattr(parse, "find_links", find)

    async def read() -> None:
        await Parser().links(b" " * size, PAGE, None)
        await asyncio.sleep(0)

    trueloop.run(read())
    assert [thread is not threading.main_thread() for thread in threads] == [in_thread]
