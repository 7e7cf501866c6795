"""What mypy sees of the native locks: asyncio's."""

from asyncio import BoundedSemaphore as BoundedSemaphore
from asyncio import Event as Event
from asyncio import Lock as Lock
from asyncio import Semaphore as Semaphore
