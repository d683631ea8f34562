"""How many processors this process may really use."""

import math
import os
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")


def usable_cpus(cgroups: Path = _CGROUPS) -> int:
    """Counts the processors of the process's affinity, or fewer where there is a limit.

    A container's quota is one, and the environment variable OMP_NUM_THREADS another, which is how
    Ray and others tell a process its share. More threads than that only wait for each other.

    Args:
        cgroups: Where the control groups of the process are mounted.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    n_cpus = len(affinity(0)) if affinity else os.cpu_count() or 1
    limits = [limit for limit in (_quota(cgroups), _thread_limit()) if limit is not None]
    return max(1, min([n_cpus, *map(math.ceil, limits)]))


def _thread_limit() -> int | None:
    """The threads that the environment grants; None for no limit."""
    granted = os.environ.get("OMP_NUM_THREADS", "")
    return int(granted) if granted.isdecimal() and int(granted) else None


def _quota(cgroups: Path) -> float | None:
    """The processors' worth of time that the control group grants; None for no limit."""
    try:
        if (cgroups / "cpu.max").exists():
            quota, period = (cgroups / "cpu.max").read_text().split()
        else:
            quota = (cgroups / "cpu" / "cpu.cfs_quota_us").read_text()
            period = (cgroups / "cpu" / "cpu.cfs_period_us").read_text()
        granted = int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        # No control groups, or "max" for a quota.
        return None
    return granted if granted > 0 else None
