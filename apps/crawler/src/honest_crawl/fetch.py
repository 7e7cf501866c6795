"""Owns one request: from a URL to what became of it. Knows HTTP, and nothing of the crawl.

Law: `fetch` raises nothing but CancelledError (and bugs); whatever a server does is an Outcome. The
body is inflated piece by piece and never kept beyond its limit, so that a gzip bomb costs one
piece. A request that runs out of time or is cancelled closes its connection and gives its place in
the pool back.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace

import anyio._backends._asyncio  # noqa: F401 -- else the first request imports it, on the loop
import httpcore2  # noqa: F401 -- likewise
import httpx2

from honest_crawl import __version__
from honest_crawl.ledger import Fate
from honest_crawl.logs import log

__all__ = ["USER_AGENT", "Ask", "Outcome", "fetch", "open_client"]

USER_AGENT = f"honest-crawl/{__version__}"
_REFUSALS = frozenset({401, 403, 407, 429, 451})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one request."""

    fate: Fate
    reason: str = ""
    status: int | None = None
    media_type: str = ""  # as the server names it, in lower case, without parameters
    charset: str | None = None
    location: str | None = None  # where a redirect leads
    body: bytes = b""  # only if fetched
    size_bytes: int = 0  # of the body, decoded, as far as it was read


Ask = Callable[[str], Awaitable[Outcome]]
"""Fetches one URL: `fetch` with everything but the URL decided."""


@asynccontextmanager
async def open_client(connections: int, *, proxies: bool) -> AsyncIterator[httpx2.AsyncClient]:
    """A client with room for so many connections; `proxies` as the environment names them, or none.

    It has no time limits of its own: `fetch` sets one for the whole request.
    """
    tls = await asyncio.to_thread(httpx2.create_ssl_context)  # reads files
    async with httpx2.AsyncClient(
        headers={"user-agent": USER_AGENT, "accept": "text/html,*/*;q=0.5"},
        limits=httpx2.Limits(max_connections=connections),
        timeout=None,
        trust_env=proxies,
        verify=tls,
    ) as client:
        yield client


async def fetch(
    client: httpx2.AsyncClient, url: str, *, timeout_s: float, body_bytes: int
) -> Outcome:
    """Ask for `url` once, following nothing.

    Args:
        client: where the connections come from.
        url: what to ask for.
        timeout_s: for everything, from connecting to the last byte of the body.
        body_bytes: how much of a body, decoded, is accepted.
    """
    try:
        async with asyncio.timeout(timeout_s):
            async with client.stream("GET", url, extensions={"trace": _trace}) as response:
                outcome = _judge(response)
                if outcome.fate is not Fate.FETCHED:
                    return outcome
                return await _read(response, outcome, body_bytes)
    except (TimeoutError, httpx2.TimeoutException):
        return Outcome(Fate.TIMED_OUT, f"no complete answer in {timeout_s:g} s")
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        causes = list(_causes(error))
        if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
            return Outcome(Fate.REFUSED, "connection refused")
        return Outcome(Fate.FAILED, _sentence(causes))


def _judge(response: httpx2.Response) -> Outcome:
    """What the head of an answer says: fetched means that its body is worth reading."""
    status = response.status_code
    media_type, _, _ = response.headers.get("content-type", "").partition(";")
    outcome = Outcome(
        Fate.FETCHED,
        status=status,
        media_type=media_type.strip().lower(),
        charset=response.charset_encoding,
    )
    if response.is_success:
        return outcome
    phrase = f"{status} {response.reason_phrase}".strip()
    if status in _REDIRECTS:
        location = response.headers.get("location")
        if location is None:
            return replace(outcome, fate=Fate.FAILED, reason=f"{phrase} without a location")
        return replace(outcome, fate=Fate.REDIRECTED, reason=phrase, location=location)
    return replace(
        outcome, fate=Fate.REFUSED if status in _REFUSALS else Fate.FAILED, reason=phrase
    )


async def _read(response: httpx2.Response, outcome: Outcome, body_bytes: int) -> Outcome:
    pieces = []
    size = 0
    async with aclosing(response.aiter_bytes()) as body:
        async for piece in body:
            size += len(piece)
            if size > body_bytes:
                return replace(
                    outcome,
                    fate=Fate.OVER_LIMIT,
                    reason=f"body larger than {body_bytes / 2**20:g} MiB",
                    size_bytes=size,
                )
            pieces.append(piece)
    return replace(outcome, body=b"".join(pieces), size_bytes=size)


async def _trace(event: str, info: Mapping[str, object]) -> None:
    """Log each step of the transport; httpcore2 calls this from deep inside the request."""
    if not event.endswith(".started"):
        failure = info.get("exception")
        log.debug(event, **({"exception": repr(failure)} if failure else {}))


def _causes(error: BaseException) -> list[BaseException]:
    """`error`, what it was raised from, and so on; groups are opened. Innermost last."""
    causes = [error]
    for inner in getattr(error, "exceptions", ()):
        causes += _causes(inner)
    cause = error.__cause__ or error.__context__
    if cause is not None:
        causes += _causes(cause)
    return causes


def _sentence(causes: list[BaseException]) -> str:
    """The words of the outermost error that has any, in one line."""
    for cause in causes:
        words = (cause.strerror if isinstance(cause, OSError) else None) or str(cause)
        if words:
            return " ".join(words.split())[:100]
    return type(causes[0]).__name__
