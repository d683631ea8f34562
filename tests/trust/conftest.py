"""Attacks in numbers: `make trust` runs them, other runs of the tests leave them out.

EMOTICARE_TRUST says how much of them: 1 is all, 0.05 a try.
"""

import math
import os
from collections.abc import Callable

import pytest

SHARE = float(os.environ.get("EMOTICARE_TRUST") or 0)
collect_ignore_glob = [] if SHARE else ["test_*.py"]


@pytest.fixture(scope="session")
def count() -> Callable[[int], int]:
    """Gives how many of so many to try; at least one."""
    return lambda whole: max(1, math.ceil(whole * SHARE))
