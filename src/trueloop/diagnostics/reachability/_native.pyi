from typing import Any

def stranded(
    tasks: list[Any],
    first: int,
    alive: list[Any],
    task_type: type,
    loop: object,
    most_objects: int,
    most_s: float,
    known_references: int,
    /,
) -> Any: ...
def known_to(
    sources: list[Any],
    tasks: list[Any],
    task_type: type,
    loop: object,
    most_objects: int,
    most_s: float,
    /,
) -> list[Any] | None: ...
