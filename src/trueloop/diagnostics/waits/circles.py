"""Circles: which waiters can never go on, and how they wait for each other. Pure.

Law: knows a graph of hashable names and nothing of tasks. A name that is not in the graph is taken
to go on by itself, so a graph that was left incomplete yields fewer circles, never wrong ones.
"""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterator, Mapping

Name = TypeVar("Name", bound="Hashable")


class Need(NamedTuple):
    """What a waiter waits for.

    Attributes:
        all_of: whether all of `others` must go on first; else any one of them will do.
        others: the names waited for, without repetition; none: it goes on by itself.
    """

    all_of: bool
    others: tuple[Hashable, ...]


def stuck(graph: Mapping[Name, Need]) -> set[Name]:
    """The waiters that can never go on, because whoever they need cannot either.

    Takes time in proportion to the size of the graph.
    """
    waiting_for: dict[object, list[Name]] = collections.defaultdict(list)
    missing: dict[Name, int] = {}
    free: list[Name] = []
    for name, need in graph.items():
        others = need.others
        inside = [other for other in others if other in graph]
        if not others or (len(inside) < len(others) and not need.all_of):
            free.append(name)
            continue
        missing[name] = len(inside) if need.all_of else 1
        if missing[name] == 0:
            free.append(name)
            continue
        for other in inside:
            waiting_for[other].append(name)
    held = set(graph)
    held.difference_update(free)
    while free:
        for waiter in waiting_for.get(free.pop(), ()):
            missing[waiter] -= 1
            if missing[waiter] == 0:
                held.discard(waiter)
                free.append(waiter)
    return held


def circles(graph: Mapping[Name, Need], among: Collection[Name]) -> list[list[Name]]:
    """One shortest circle for each group of names in `among` that wait for each other.

    Each waits for the next, and the last for the first. Names that only wait for a circle are in
    none.
    """
    return [_shortest(graph, group) for group in _groups(graph, among)]


def _others(graph: Mapping[Name, Need], name: Name, among: Collection[Name]) -> Iterator[Name]:
    for other in graph[name].others:
        if other in among:
            yield other  # type: ignore[misc]  # it is one of the names


def _groups(graph: Mapping[Name, Need], among: Collection[Name]) -> Iterator[set[Name]]:
    """The strongly connected components that have a circle (Tarjan's algorithm, no recursion)."""
    number: dict[Name, int] = {}
    lowest: dict[Name, int] = {}
    path: list[Name] = []
    on_path: set[Name] = set()
    for root in among:
        if root in number:
            continue
        number[root] = lowest[root] = len(number)
        path.append(root)
        on_path.add(root)
        visits = [(root, _others(graph, root, among))]
        while visits:
            name, others = visits[-1]
            for other in others:
                if other not in number:
                    number[other] = lowest[other] = len(number)
                    path.append(other)
                    on_path.add(other)
                    visits.append((other, _others(graph, other, among)))
                    break
                if other in on_path:
                    lowest[name] = min(lowest[name], number[other])
            else:
                visits.pop()
                if visits:
                    above = visits[-1][0]
                    lowest[above] = min(lowest[above], lowest[name])
                if lowest[name] == number[name]:
                    group = set()
                    while name not in group:
                        group.add(path.pop())
                    on_path -= group
                    if len(group) > 1 or name in graph[name].others:
                        yield group


def _shortest(graph: Mapping[Name, Need], group: set[Name]) -> list[Name]:
    """A shortest circle through one name of a group that has one."""
    start = next(iter(group))
    came_from: dict[Name, Name] = {}
    line = collections.deque([start])
    while line:
        name = line.popleft()
        for other in _others(graph, name, group):
            if other == start:
                circle = [name]
                while name != start:
                    name = came_from[name]
                    circle.append(name)
                return circle[::-1]
            if other not in came_from:
                came_from[other] = name
                line.append(other)
    raise AssertionError("the group has no circle")
