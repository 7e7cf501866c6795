"""What the kernel knows of another process."""

from pathlib import Path


def cpu_ns(pid: int) -> int:
    """Return the CPU nanoseconds that the first thread of a process has used so far."""
    on_cpu_ns, *_ = Path(f"/proc/{pid}/schedstat").read_text().split()
    return int(on_cpu_ns)
