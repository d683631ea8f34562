"""How many processors this process may really use."""

import math
import os
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")


def usable_cpus(cgroups: Path = _CGROUPS) -> int:
    """Counts the processors of the process's affinity, or fewer where a container has a quota.

    More threads than that only wait for each other.

    Args:
        cgroups: Where the control groups of the process are mounted.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    n_cpus = len(affinity(0)) if affinity else os.cpu_count() or 1
    quota = _quota(cgroups)
    return n_cpus if quota is None else max(1, min(n_cpus, math.ceil(quota)))


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
