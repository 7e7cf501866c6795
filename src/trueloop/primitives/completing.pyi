"""What mypy sees of the native as_completed: asyncio's."""

from asyncio import as_completed as as_completed
