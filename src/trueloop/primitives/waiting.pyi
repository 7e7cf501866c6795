"""What mypy sees of the native wait: asyncio's."""

from asyncio import wait as wait
