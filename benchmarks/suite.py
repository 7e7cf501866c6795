"""Every workload by name, in the order of the table."""

from benchmarks import macro, micro
from benchmarks.workload import Workload

WORKLOADS: dict[str, Workload] = {row.name: row for row in (*micro.ROWS, *macro.ROWS)}
