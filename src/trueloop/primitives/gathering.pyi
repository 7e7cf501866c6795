"""What mypy sees of the native gather: asyncio's."""

from asyncio import gather as gather
