import os
from pathlib import Path

import pytest

from emoticare.engines.cpus import thread_count, usable_cpus
from emoticare.errors import UsageError


@pytest.fixture(autouse=True)
def eight_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)


@pytest.mark.parametrize(
    ("quota", "expected"),
    [
        ("200000 100000", 2),
        ("150000 100000", 2),
        ("10000 100000", 1),
        ("9900000 100000", 8),
        ("max 100000", 8),
        ("nonsense", 8),
        ("100000 0", 8),
    ],
)
def test_the_quota_of_a_container_counts(tmp_path: Path, quota: str, expected: int) -> None:
    (tmp_path / "cpu.max").write_text(f"{quota}\n")
    assert usable_cpus(tmp_path) == expected


@pytest.mark.parametrize(("quota", "expected"), [("300000", 3), ("-1", 8)])
def test_the_quota_of_older_control_groups(tmp_path: Path, quota: str, expected: int) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(f"{quota}\n")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    assert usable_cpus(tmp_path) == expected


def test_without_control_groups_the_affinity_counts(tmp_path: Path) -> None:
    assert usable_cpus(tmp_path) == 8


@pytest.mark.parametrize(("granted", "expected"), [("3", 3), ("64", 8), ("0", 8), ("many", 8)])
def test_the_share_of_a_process_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, granted: str, expected: int
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", granted)
    assert usable_cpus(tmp_path) == expected


def test_a_system_without_affinity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert usable_cpus(tmp_path) == 1


def test_threads_are_the_callers_then_the_variables_then_the_processors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert thread_count() == 3
    monkeypatch.setenv("EMOTICARE_THREADS", "5")
    assert thread_count() == 5
    assert thread_count(12) == 12
    monkeypatch.setenv("EMOTICARE_THREADS", "")
    assert thread_count() == 3


@pytest.mark.parametrize("wanted", ["0", "-1", "many", "1.5", "²"])
def test_a_number_of_threads_that_makes_no_sense(
    monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    monkeypatch.setenv("EMOTICARE_THREADS", wanted)
    with pytest.raises(UsageError, match="EMOTICARE_THREADS"):
        thread_count()
    with pytest.raises(UsageError, match="for threads"):
        thread_count(0)
