"""Owns the one spelling of a URL under which the crawl knows it. Pure functions, no I/O.

Two links are the same URL exactly when `resolve` spells them alike: the fragment is dropped, scheme
and host are lower case, a default port is left out and an empty path is "/".
"""

from urllib.parse import quote, urljoin, urlsplit, urlunsplit

__all__ = ["host_of", "origin_of", "resolve", "scheme_of"]

_DEFAULT_PORTS = {"http": 80, "https": 443}
_SAFE = "!#$%&'()*+,/:;=?@[]~"


def resolve(href: str, base: str = "") -> str:
    """Spell `href`, found on the page `base`, as the crawl knows it.

    Raises:
        ValueError: `href` cannot be read as a URL.
    """
    url = urljoin(base, href.strip())
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS:
        return url
    if not parts.hostname:
        raise ValueError(f"{url!r} names no host.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if parts.port is not None and parts.port != _DEFAULT_PORTS[parts.scheme]:
        host = f"{host}:{parts.port}"
    path = quote(parts.path, safe=_SAFE) or "/"
    return urlunsplit((parts.scheme, host, path, quote(parts.query, safe=_SAFE), ""))


def scheme_of(url: str) -> str:
    """The scheme, in lower case; empty if there is none."""
    return urlsplit(url).scheme


def host_of(url: str) -> str:
    """The host name without its port, in lower case; empty if there is none."""
    return urlsplit(url).hostname or ""


def origin_of(url: str) -> str:
    """Scheme, host and port: what one robots.txt speaks for."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
