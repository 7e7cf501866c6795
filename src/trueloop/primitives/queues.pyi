"""What mypy sees of the native queues: asyncio's."""

from asyncio import LifoQueue as LifoQueue
from asyncio import PriorityQueue as PriorityQueue
from asyncio import Queue as Queue
