"""What mypy sees of the native Condition: asyncio's."""

from asyncio import Condition as Condition
