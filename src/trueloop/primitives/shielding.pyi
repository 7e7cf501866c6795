"""What mypy sees of the native shield: asyncio's."""

from asyncio import shield as shield
