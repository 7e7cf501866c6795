"""Which tasks nothing can wake: the native answer against a model that walks the graph it made."""

import asyncio
import contextlib
import gc
import sys
import threading
import weakref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trueloop
from trueloop.diagnostics import reachability
from trueloop.diagnostics.reachability import known_to_timers, stranded

pytestmark = pytest.mark.skipif(
    not reachability.is_available, reason="without the GIL nothing is claimed"
)
PLENTY = {"most_objects": 1_000_000, "most_s": 30.0}


@pytest.fixture
def loop():
    loop = trueloop.new_event_loop()
    yield loop
    finish(loop)


def one_pass(loop):
    loop.call_soon(loop.stop)
    loop.run_forever()


def finish(loop):
    for task in loop.hooks.tasks():
        task.cancel()
    while loop.hooks.tasks():
        one_pass(loop)
    loop.close()


def judged(loop, **budget):
    """{name of a stranded task: whether it is certain}"""
    verdict = stranded(loop, loop.hooks.tasks(), **PLENTY | budget)
    return {task.get_name(): certain for task, certain in verdict.stranded}


async def holder(box, awaited):
    await awaited
    return box


async def queue_reader(queue):
    while True:
        await queue.get()


# -- against the model

NUMBER = st.integers(0, 5)
GRAPHS = st.fixed_dictionaries(
    {
        # what each box holds: boxes, futures, tasks
        "boxes": st.lists(
            st.lists(st.tuples(st.sampled_from("bft"), NUMBER), max_size=3), min_size=6, max_size=6
        ),
        # (awaits a future or an earlier task, which one; the box in its frame)
        "tasks": st.lists(
            st.tuples(st.sampled_from("fft"), NUMBER, NUMBER), min_size=6, max_size=6
        ),
        "outside": st.lists(st.tuples(st.sampled_from("bft"), NUMBER), max_size=3),
        "weak": st.lists(NUMBER, max_size=1),
        "timers": st.lists(NUMBER, max_size=1),
    }
)


def plan_awaits(plan):
    """What task i awaits: ("f", n) or ("t", an earlier task)."""
    return [
        ("t", which % i) if what == "t" and i else ("f", which)
        for i, (what, which, _) in enumerate(plan["tasks"])
    ]


def build(plan, loop):
    """The planned objects; what is returned is all that holds any of them from outside."""
    futures = [loop.create_future() for _ in range(6)]
    boxes = [[] for _ in range(6)]
    tasks = []
    for number, (what, which) in enumerate(plan_awaits(plan)):
        awaited = futures[which] if what == "f" else tasks[which]
        box = boxes[plan["tasks"][number][2]]
        tasks.append(loop.create_task(holder(box, awaited), name=str(number)))
    everything = {"b": boxes, "f": futures, "t": tasks}
    for box, content in zip(boxes, plan["boxes"], strict=True):
        box += [everything[what][which] for what, which in content]
    outside = [everything[what][which] for what, which in plan["outside"]]
    outside += [weakref.ref(futures[which]) for which in plan["weak"]]
    for which in plan["timers"]:
        loop.call_later(1000, futures[which].done)
    return outside


def expected(plan, *, cancelling):
    """The tasks that stay pending for ever, found by walking the plan; `cancelling`: even if
    whoever has hold of a task cancels it."""
    awaits = plan_awaits(plan)
    edges = {("b", i): content for i, content in enumerate(plan["boxes"])}
    alive = set()
    todo = list(plan["outside"])
    todo += [("f", which) for which in [*plan["weak"], *plan["timers"]]]
    running = set()
    while True:
        while todo:
            one = todo.pop()
            if one not in alive:
                alive.add(one)
                todo += edges.get(one, [])
        for i, awaited in enumerate(awaits):
            is_awake = awaited in alive if awaited[0] == "f" else awaited[1] in running
            if i not in running and (is_awake or (cancelling and ("t", i) in alive)):
                running.add(i)
                todo += [("b", plan["tasks"][i][2]), awaited]
        if not todo:
            return {str(i) for i in range(6) if i not in running}


@settings(max_examples=100, deadline=None)
@given(plan=GRAPHS)
def test_answers_as_the_model_does(plan):
    loop = trueloop.new_event_loop()
    kept = build(plan, loop)
    one_pass(loop)
    gc.collect()  # garbage that was not collected holds what it refers to

    found = judged(loop)

    finish(loop)
    del kept
    assert set(found) == expected(plan, cancelling=False)
    certain = {name for name, is_certain in found.items() if is_certain}
    # who is awaited is known to the one that awaits, which the plan does not say
    assert certain <= expected(plan, cancelling=True)
    if not any(what == "t" for what, _ in plan_awaits(plan)):
        assert certain == expected(plan, cancelling=True)


@settings(max_examples=60, deadline=None)
@given(plan=GRAPHS, most_objects=st.integers(1, 60))
def test_a_small_budget_accuses_nobody_more(plan, most_objects):
    loop = trueloop.new_event_loop()
    kept = build(plan, loop)
    one_pass(loop)
    gc.collect()  # garbage that was not collected holds what it refers to

    found = judged(loop, most_objects=most_objects)

    finish(loop)
    del kept
    assert set(found) <= expected(plan, cancelling=False)


# -- what counts as alive


def test_future_in_no_other_hands_strands_its_task(loop):
    loop.create_task(holder(None, loop.create_future()), name="lost")
    one_pass(loop)

    assert judged(loop) == {"lost": True}


def test_task_that_somebody_holds_is_not_certain(loop):
    task = loop.create_task(holder(None, loop.create_future()), name="held")
    one_pass(loop)

    assert judged(loop) == {"held": False}
    assert not task.done()


@pytest.mark.parametrize("keep", [lambda x: x, weakref.ref, lambda x: x.done, lambda x: [[x]]])
def test_future_that_is_known_somewhere_is_alive(loop, keep):
    future = loop.create_future()
    kept = keep(future)
    loop.create_task(holder(None, future))
    del future
    one_pass(loop)

    assert judged(loop) == {}
    del kept
    assert len(judged(loop)) == 1


def test_timer_job_and_reader_are_alive(loop):
    async def sleeps():
        await asyncio.sleep(1000)

    async def works():
        await loop.run_in_executor(None, gate.acquire)

    gate = threading.Lock()
    gate.acquire()
    loop.create_task(sleeps())
    loop.create_task(works())
    one_pass(loop)

    assert judged(loop) == {}
    gate.release()
    loop.run_until_complete(loop.shutdown_default_executor())


def test_weak_reference_with_a_callback_is_alive(loop):
    class Owner:
        pass

    owner = Owner()
    future = loop.create_future()
    # the frame of the task holds the reference whose callback would wake it
    box = [weakref.ref(owner, lambda _, future=future: future.set_result(None))]
    loop.create_task(holder(box, future))
    del future, box
    one_pass(loop)

    assert judged(loop) == {}


def test_coroutine_that_somebody_holds_reveals_nothing(loop):
    coroutine = holder(None, loop.create_future())
    loop.create_task(coroutine, name="lost")
    one_pass(loop)

    assert judged(loop) == {"lost": True}
    assert coroutine.cr_running is False


def test_suspended_generator_that_somebody_holds_is_alive(loop):
    def generator(future):
        yield
        future.set_result(None)

    future = loop.create_future()
    suspended = generator(future)
    next(suspended)
    loop.create_task(holder(None, future))
    del future
    one_pass(loop)

    assert judged(loop) == {}
    suspended.close()


def test_attribute_of_a_task_that_somebody_holds_is_alive(loop):
    future = loop.create_future()
    task = loop.create_task(holder(None, future))
    task.reply = future
    del future
    one_pass(loop)

    assert judged(loop) == {}


def test_await_through_generators_and_managers_is_followed(loop):
    async def numbers(queue):
        yield await queue.get()

    @contextlib.asynccontextmanager
    async def manager(queue):
        yield await queue.get()

    async def reads(queue):
        async for _ in numbers(queue):
            pass

    async def enters(queue):
        async with manager(queue):
            pass

    async def asks(queue):
        await anext(numbers(queue), None)

    for function in (reads, enters, asks):
        loop.create_task(function(asyncio.Queue()), name=function.__name__)
    one_pass(loop)

    assert set(judged(loop)) == {"reads", "enters", "asks"}


def test_values_kept_on_the_stack_of_a_frame_are_seen(loop):
    """From 3.14 on a frame may lend itself references without counting them."""

    async def adds(queue, other):
        return [queue, other, await queue.get(), other]

    async def calls(queue, other):
        return print(queue, other, sep=await other.wait())

    async def keeps(queue, other):
        async with asyncio.Lock():
            for _ in (queue, other):
                print(queue, await queue.get(), sep=other)

    known = asyncio.Event()
    for function in (adds, calls, keeps):
        loop.create_task(function(asyncio.Queue(), asyncio.Event()), name=function.__name__)
    for function in (adds, calls, keeps):
        loop.create_task(function(asyncio.Queue(), known))
    one_pass(loop)

    assert {"adds", "calls", "keeps"} <= set(judged(loop))


def test_reference_lent_within_a_frame_is_not_counted(loop):
    """There a generator's stack refers to `future` once more than it has references."""

    def lends(future):
        print(future, end=(yield))

    future = loop.create_future()
    generator = lends(future)
    next(generator)
    loop.create_task(holder(generator, future))
    kept = [future]
    del future, generator
    one_pass(loop)

    assert judged(loop) == {}
    del kept


def test_gather_wait_shield_and_group_pass_liveness_on(loop):
    async def gathers(queue):
        await asyncio.gather(queue_reader(queue), asyncio.sleep(0))

    async def waits(queue):
        await asyncio.wait([asyncio.ensure_future(queue_reader(queue))])

    async def shields(queue):
        await asyncio.shield(queue_reader(queue))

    async def groups(queue):
        async with asyncio.TaskGroup() as group:
            group.create_task(queue_reader(queue))

    functions = (gathers, waits, shields, groups)
    known = asyncio.Queue()
    for function in functions:
        loop.create_task(function(known))
        loop.create_task(function(asyncio.Queue()), name=function.__name__)
    for _ in range(6):
        one_pass(loop)

    named = {name for name in judged(loop) if not name.startswith("Task-")}
    assert named == {function.__name__ for function in functions}
    assert len(judged(loop)) == 2 * len(functions)


def test_readers_of_one_lost_queue_are_all_stranded(loop):
    queue = asyncio.Queue()
    for number in range(5):
        loop.create_task(queue_reader(queue), name=str(number))
    del queue
    one_pass(loop)

    tasks = loop.hooks.tasks()
    # begun at any of them, the others are found by way of the queue
    for first in range(5):
        assert len(stranded(loop, tasks, first, **PLENTY).stranded) == 5


def test_task_said_to_be_alive_keeps_alive_what_it_knows(loop):
    queue = asyncio.Queue()
    first = loop.create_task(queue_reader(queue))
    loop.create_task(queue_reader(queue))
    del queue
    one_pass(loop)

    assert stranded(loop, loop.hooks.tasks(), 0, [first], **PLENTY).stranded == []


def test_timeout_is_known_to_a_timer_and_sleep_is_not(loop):
    async def limited():
        async with asyncio.timeout(1000):
            await asyncio.Queue().get()

    async def sleeps():
        await asyncio.sleep(1000)

    one, other = loop.create_task(limited()), loop.create_task(sleeps())
    one_pass(loop)

    assert known_to_timers(loop._scheduled, loop, [one, other], **PLENTY) == [one]
    assert known_to_timers(loop._scheduled, loop, [one, other], most_objects=10) is None


# -- cost


def test_answer_keeps_nothing_alive(loop):
    for _ in range(20):
        loop.create_task(queue_reader(asyncio.Queue()))
    one_pass(loop)
    tasks = loop.hooks.tasks()

    def references():
        gc.collect()
        return sum(sys.getrefcount(task) for task in tasks), len(gc.get_objects())

    stranded(loop, tasks, **PLENTY)
    before = references()

    for _ in range(100):
        stranded(loop, tasks, **PLENTY)

    after = references()

    assert after[0] == before[0]
    assert after[1] <= before[1]


def test_large_container_is_not_walked_to_its_end(loop):
    future = loop.create_future()
    box = [[] for _ in range(300_000)]
    loop.create_task(holder(box, future), name="lost")
    del future, box
    one_pass(loop)

    verdict = stranded(loop, loop.hooks.tasks(), most_s=30.0)

    assert [task.get_name() for task, _ in verdict.stranded] == ["lost"]
    assert verdict.objects < 25_000


def test_no_time_means_no_claim(loop):
    for _ in range(2000):
        loop.create_task(queue_reader(asyncio.Queue()))
    one_pass(loop)

    assert stranded(loop, loop.hooks.tasks(), most_s=0.0) is None
