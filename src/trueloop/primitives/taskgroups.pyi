"""What mypy sees of the native TaskGroup: asyncio's, and who is being left."""

from asyncio import TaskGroup as TaskGroup

def leaving() -> bool | None: ...
