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
log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("honest_crawl")
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


def configure(stream: TextIO | None) -> None:
    """Write the log to `stream`, one JSON object per line; None keeps our own lines back."""
    shared: list[structlog.typing.Processor] = [
        _add_request_id,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    if stream is None:
        logging.getLogger("honest_crawl").setLevel(logging.CRITICAL)
        return
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
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
