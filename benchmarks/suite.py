"""Every workload by name, in the order of the tables, and the groups they come in."""

from benchmarks import footprint, latency, macro, micro, startup
from benchmarks.workload import Workload

# A group is a section of the report, and what one piece of a long run measures.
GROUPS: dict[str, tuple[Workload, ...]] = {
    "micro": micro.ROWS,
    "macro": macro.ROWS,
    "latency": latency.ROWS,
    "memory": footprint.ROWS,
    "startup": startup.ROWS,
}
WORKLOADS: dict[str, Workload] = {row.name: row for rows in GROUPS.values() for row in rows}
GROUP_OF: dict[str, str] = {row.name: group for group, rows in GROUPS.items() for row in rows}
