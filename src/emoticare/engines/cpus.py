"""How many processors this process may really use, and how many threads it is to use."""

import math
import os
from pathlib import Path
from typing import Final

from emoticare.errors import UsageError

THREADS_VARIABLE: Final = "EMOTICARE_THREADS"

_CGROUPS = Path("/sys/fs/cgroup")


def thread_count(threads: int | None = None) -> int:
    """Return how many threads an engine is to use.

    Args:
        threads: What the caller wants. Without it the environment variable EMOTICARE_THREADS
            decides, and without that `usable_cpus`.

    Raises:
        UsageError: If either is no whole number from 1 on.
    """
    wanted = os.environ.get(THREADS_VARIABLE, "") if threads is None else str(threads)
    if not wanted:
        return usable_cpus()
    if not (wanted.isascii() and wanted.isdecimal() and int(wanted)):
        name = THREADS_VARIABLE if threads is None else "threads"
        raise UsageError(
            f"Expected a whole number from 1 on for {name}, found {wanted!r}. Leave it out for one "
            "thread a processor."
        )
    return int(wanted)


def usable_cpus(cgroups: Path = _CGROUPS) -> int:
    """Count the processors of the process's affinity, or fewer where there is a limit.

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
    """Return the threads that the environment grants; None for no limit."""
    granted = os.environ.get("OMP_NUM_THREADS", "")
    return int(granted) if granted.isdecimal() and int(granted) else None


def _quota(cgroups: Path) -> float | None:
    """Return the processors' worth of time that the control group grants; None for no limit."""
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
