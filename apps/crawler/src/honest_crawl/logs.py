"""Owns the request id, and the JSON log in which every line carries it.

The id lives in a ContextVar. asyncio copies the context into every task, callback and `to_thread`
call, so a line logged anywhere on behalf of a request carries its id without anybody passing it on.
Lines that other libraries log through the standard library, such as httpx2's, carry it too.
"""

import itertools
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TextIO

import structlog
from structlog.typing import EventDict

__all__ = ["configure", "current_request", "log", "request"]

current_request: ContextVar[str | None] = ContextVar("current_request", default=None)
_numbers = itertools.count(1)


@contextmanager
def request() -> Iterator[str]:
    """Give what runs inside, and all that it starts, a request id of its own."""
    request_id = f"r{next(_numbers)}"
    token = current_request.set(request_id)
    try:
        yield request_id
    finally:
        current_request.reset(token)


def configure(stream: TextIO) -> None:
    """Write what is logged, ours and that of libraries, to `stream`: a JSON object per line."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_FACTS,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("honest_crawl").setLevel(logging.DEBUG)


def _add_request_id(_logger: object, _method: str, event: EventDict) -> EventDict:
    event["request"] = current_request.get()
    return event


_FACTS: list[structlog.typing.Processor] = [
    _add_request_id,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]

# Goes the way of the standard library's loggers, so a program that configures nothing sees nothing.
log: structlog.stdlib.BoundLogger = structlog.wrap_logger(
    logging.getLogger("honest_crawl"),
    processors=[
        structlog.stdlib.filter_by_level,
        *_FACTS,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    wrapper_class=structlog.stdlib.BoundLogger,
)
