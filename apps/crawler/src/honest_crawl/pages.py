"""Owns the pages of the hostile site: each is one way in which the web goes wrong.

`PAGES` is the site's table of contents; its front page links to all of them, so a crawler meets
them all.
"""

import asyncio
import gzip
import zlib
from collections.abc import Awaitable, Callable
from functools import cache

from honest_crawl.site import Exchange

__all__ = ["PAGES", "answer"]

Page = Callable[[Exchange], Awaitable[None]]
PAGES: dict[str, Page] = {}


def page(*paths: str) -> Callable[[Page], Page]:
    """Put a page under `paths`; one that ends in "/" also serves whatever begins with it."""

    def put(function: Page) -> Page:
        PAGES.update(dict.fromkeys(paths, function))
        return function

    return put


async def answer(exchange: Exchange) -> None:
    """Answer with the page at the request's path, or with 404."""
    path = exchange.path.partition("?")[0]
    folder = "/" + path.split("/")[1] + "/"
    await (PAGES.get(path) or PAGES.get(folder) or missing)(exchange)


def links(*hrefs: str, title: str = "A page") -> str:
    """A well-formed page that links to `hrefs`."""
    items = "".join(f'<li><a href="{href}">{href}</a></li>' for href in hrefs)
    return f"<!doctype html><title>{title}</title><h1>{title}</h1><ul>{items}</ul>"


@page("/")
async def front(exchange: Exchange) -> None:
    hrefs = [path for path in PAGES if not path.endswith("/")]
    hrefs += ["/calendar/2026/1", "/maze/0", "/private/diary", "/missing", exchange.site.dead_url]
    await exchange.respond(links(*hrefs, title="A hostile site"))


@page("/robots.txt")
async def robots(exchange: Exchange) -> None:
    rules = "User-agent: *\nDisallow: /private/\n"
    await exchange.respond(rules, content_type="text/plain")


@page("/good", "/good/too", "/?q=front&page=2#there")
async def good(exchange: Exchange) -> None:
    await exchange.respond(links("/", "/good", "/good/too#part", title="Nothing wrong here"))


@page("/elsewhere")
async def elsewhere(exchange: Exchange) -> None:
    foreign = ["mailto:nobody@example.org", "javascript:void(0)", "http://elsewhere.example/"]
    await exchange.respond(links(*foreign, "http://[::1", "#here", "", "/" + "long/" * 500))


@page("/missing")
async def missing(exchange: Exchange) -> None:
    await exchange.respond(links("/"), status="404 Not Found")


@page("/error/403")
async def forbidden(exchange: Exchange) -> None:
    await exchange.respond(status="403 Forbidden")


@page("/error/429")
async def too_many(exchange: Exchange) -> None:
    await exchange.respond(status="429 Too Many Requests", retry_after="3600")


@page("/error/500")
async def broken_down(exchange: Exchange) -> None:
    await exchange.respond("<h1>Oops", status="500 Internal Server Error")


@page("/error/503")
async def away(exchange: Exchange) -> None:
    await exchange.respond(status="503 Service Unavailable")


@page("/slow/1", "/slow/2", "/slow/3")
async def slow(exchange: Exchange) -> None:
    """Late, but in time."""
    await asyncio.sleep(int(exchange.path[-1]) * 0.3)
    await exchange.respond(links("/good"))


@page("/hang")
async def hang(exchange: Exchange) -> None:
    """Takes the request and says nothing, ever."""
    await exchange.hang()


@page("/hang/head")
async def hang_in_head(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Ty")
    await exchange.hang()


@page("/hang/body")
async def hang_in_body(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<h1>Wait for")
    await exchange.hang()


@page("/drip")
async def drip(exchange: Exchange) -> None:
    """A byte now and then: each arrives in time, the last one never."""
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    while True:
        await exchange.send(b".")
        await asyncio.sleep(0.1)


@page("/reset")
async def reset(exchange: Exchange) -> None:
    exchange.reset()


@page("/reset/body")
async def reset_in_body(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<h1>Half a")
    await asyncio.sleep(0.1)  # let it arrive: a reset discards what is still under way
    exchange.reset()


@page("/close")
async def close(exchange: Exchange) -> None:
    """Hangs up without a word."""


@page("/close/body")
async def close_in_body(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<h1>That was")


@page("/garbage")
async def garbage(exchange: Exchange) -> None:
    await exchange.send(b"\x16\x03\x01 this is no HTTP\r\n\r\n")


@page("/garbage/chunks")
async def garbage_chunks(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nmany\r\n<h1>")


@page("/garbage/gzip")
async def garbage_gzip(exchange: Exchange) -> None:
    await exchange.respond(b"\x1f\x8b\x08 this is no gzip", content_encoding="gzip")


@page("/endless/head")
async def endless_head(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        await exchange.send(b"X-More: and more\r\n" * 500)


@page("/endless/body")
async def endless_body(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    while True:
        await exchange.send(b"<p>And another thing." * 1000)


@page("/bomb")
async def bomb(exchange: Exchange) -> None:
    """64 KiB that inflate to 64 MiB."""
    await exchange.respond(await asyncio.to_thread(_bomb), content_encoding="gzip")


@page("/bomb/nested")
async def nested_bomb(exchange: Exchange) -> None:
    """Some hundred bytes that inflate to 64 KiB that inflate to 64 MiB."""
    inner = await asyncio.to_thread(_bomb)
    await exchange.respond(gzip.compress(inner), content_encoding="gzip, gzip")


@page("/loop/a", "/loop/b", "/loop/self")
async def loop(exchange: Exchange) -> None:
    target = {"/loop/a": "/loop/b", "/loop/b": "/loop/a"}.get(exchange.path, exchange.path)
    await exchange.respond(status="302 Found", location=target)


@page("/redirect/home", "/redirect/away", "/redirect/nowhere")
async def redirect(exchange: Exchange) -> None:
    targets = {"/redirect/home": "../good", "/redirect/away": "http://elsewhere.example/moved"}
    target = targets.get(exchange.path)
    await exchange.respond(status="301 Moved", **({"location": target} if target else {}))


@page("/maze/")
async def maze(exchange: Exchange) -> None:
    """Redirects to the next page, for ever."""
    number = int(exchange.path.rpartition("/")[2])
    await exchange.respond(status="307 Temporary Redirect", location=f"/maze/{number + 1}")


@page("/calendar/")
async def calendar(exchange: Exchange) -> None:
    """The classic trap: every month has a next one, and every day a page."""
    year, month, *_ = (int(part) for part in exchange.path.split("/")[2:])
    following = f"/calendar/{year + month // 12}/{month % 12 + 1}"
    days = [f"/calendar/{year}/{month}/{day}" for day in range(1, 29)]
    await exchange.respond(links(following, *days, title=f"{year}-{month:02}"))


@page("/type/image")
async def image(exchange: Exchange) -> None:
    """HTML that says it is an image: its links are not the crawler's business."""
    await exchange.respond(links("/never/seen"), content_type="image/png")


@page("/type/lie")
async def lie(exchange: Exchange) -> None:
    """An image that says it is HTML."""
    await exchange.respond(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)))


@page("/type/none")
async def no_type(exchange: Exchange) -> None:
    await exchange.respond(links("/never/seen"), content_type=None)


@page("/type/charset")
async def charset(exchange: Exchange) -> None:
    await exchange.respond(links("/good"), content_type="text/html; charset=klingon")


@page("/html/broken")
async def broken(exchange: Exchange) -> None:
    await exchange.respond(
        b"<!doctype<html<<body>\x00<a href=/html/broken/1>no end <a href='/html/broken/2'><b></i>"
        b"<table><a/href=/html/broken/3>&#xFFFFFFFF;\xff\xfe</html><a href=/html/broken/4><a href="
    )


@page("/html/broken/1", "/html/broken/2", "/html/broken/3", "/html/broken/4")
async def found(exchange: Exchange) -> None:
    await exchange.respond(links("/", title="You found me"))


@page("/html/large")
async def large(exchange: Exchange) -> None:
    """Large enough to be parsed in a thread; its only link comes last."""
    text = "<p>All work and no play makes a dull page.</p>\n" * 15_000
    await exchange.respond(text + '<a href="/good">the end</a>')


@page("/html/deep")
async def deep(exchange: Exchange) -> None:
    await exchange.respond("<div>" * 100_000 + '<a href="/never/seen">')


@cache
def _bomb() -> bytes:
    """64 MiB of nothing, in gzip's format."""
    packer = zlib.compressobj(wbits=31)
    return b"".join([*(packer.compress(bytes(2**20)) for _ in range(64)), packer.flush()])
