"""What mypy sees of the native sleep: asyncio's."""

from asyncio import sleep as sleep
