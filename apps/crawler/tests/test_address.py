"""Two links are one URL exactly when they are spelled alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honest_crawl.address import resolve

BASE = "http://example.org/a/b?c"


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("", BASE),
        ("#part", BASE),
        ("x#part", "http://example.org/a/x"),
        ("../x", "http://example.org/x"),
        ("//EXAMPLE.org:80", "http://example.org/"),
        ("https://example.org:443/x", "https://example.org/x"),
        ("https://example.org:80/x", "https://example.org:80/x"),
        ("http://user:secret@example.org/", "http://example.org/"),
        ("http://[::1]:8080", "http://[::1]:8080/"),
        ("/a b\u00e9?q=\u00e9", "http://example.org/a%20b%C3%A9?q=%C3%A9"),
        ("/a%20b", "http://example.org/a%20b"),
        (" x\n", "http://example.org/a/x"),
        ("mailto:nobody@example.org", "mailto:nobody@example.org"),
    ],
)
def test_resolve_spells_one_url_in_one_way(href: str, url: str) -> None:
    assert resolve(href, BASE) == url


@pytest.mark.parametrize("href", ["http://[::1", "http://", "http:///x", "http://x:port/"])
def test_resolve_rejects_what_is_no_url(href: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        resolve(href)


@given(st.text())
def test_a_url_once_spelled_stays_as_it_is(href: str) -> None:
    try:
        url = resolve(href, BASE)
    except ValueError:
        return
    assert resolve(url, BASE) == url
