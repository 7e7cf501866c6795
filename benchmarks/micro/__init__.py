"""Scheduling workloads, one subject per file, stock asyncio functions only."""

from benchmarks.micro import (
    asyncgen,
    call_soon,
    cancel_storm,
    create_task,
    event,
    executor,
    future,
    gather,
    lock,
    queues,
    semaphore,
    sleep,
    task_group,
    threadsafe,
    timeouts,
    timer,
)

ROWS = (
    *sleep.ROWS,
    *create_task.ROWS,
    *future.ROWS,
    *gather.ROWS,
    *task_group.ROWS,
    *cancel_storm.ROWS,
    *queues.ROWS,
    *timer.ROWS,
    *call_soon.ROWS,
    *timeouts.ROWS,
    *lock.ROWS,
    *event.ROWS,
    *semaphore.ROWS,
    *asyncgen.ROWS,
    *executor.ROWS,
    *threadsafe.ROWS,
)
