"""The pure search for circles agrees with a model that is too simple to be wrong."""

from hypothesis import given, settings
from hypothesis import strategies as st

from trueloop.diagnostics.waits.circles import Need, circles, stuck

NAMES = range(8)  # 6 and 7 are never in the graph: they go on by themselves
GRAPHS = st.dictionaries(
    st.integers(0, 5),
    st.builds(Need, st.booleans(), st.lists(st.sampled_from(NAMES), unique=True).map(tuple)),
)


def model_of_stuck(graph):
    """Who never goes on, by letting go whoever can until nothing changes."""
    free = set(NAMES) - set(graph)
    while True:
        more = {
            name
            for name, need in graph.items()
            if name not in free
            and (
                not need.others
                or (all if need.all_of else any)(other in free for other in need.others)
            )
        }
        if not more:
            return set(graph) - free
        free |= more


def reachable(graph, start, among):
    found = set()
    line = [start]
    while line:
        for other in graph[line.pop()].others:
            if other in among and other not in found:
                found.add(other)
                line.append(other)
    return found


@given(GRAPHS)
@settings(max_examples=500)
def test_stuck_are_those_that_no_order_lets_go(graph):
    assert stuck(graph) == model_of_stuck(graph)


@given(GRAPHS)
@settings(max_examples=500)
def test_there_is_one_circle_for_each_group_that_waits_for_each_other(graph):
    among = stuck(graph)
    in_circles = {name for name in among if name in reachable(graph, name, among)}
    groups = {
        frozenset(
            other
            for other in in_circles
            if other in reachable(graph, name, among) and name in reachable(graph, other, among)
        )
        for name in in_circles
    }

    found = circles(graph, among)

    assert len(found) == len(groups)
    for circle in found:
        assert len(set(circle)) == len(circle)
        assert any(set(circle) <= group for group in groups)
        for name, following in zip(circle, [*circle[1:], circle[0]], strict=True):
            assert following in graph[name].others


@given(GRAPHS)
def test_whoever_is_stuck_waits_for_a_circle(graph):
    among = stuck(graph)

    assert bool(among) == bool(circles(graph, among))
    for name in among:
        assert reachable(graph, name, among)


@given(GRAPHS, st.integers(0, 5))
def test_a_graph_left_incomplete_has_fewer_stuck_never_others(graph, left_out):
    part = {name: need for name, need in graph.items() if name != left_out}

    assert stuck(part) <= stuck(graph)


def test_a_ring_of_a_hundred_thousand_is_found():
    count = 100_000
    graph = {name: Need(True, ((name + 1) % count,)) for name in range(count)}

    (circle,) = circles(graph, stuck(graph))

    assert len(circle) == count
