"""What mypy sees of the native wait_for: asyncio's."""

from asyncio import wait_for as wait_for
