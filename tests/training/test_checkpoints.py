from pathlib import Path

from emoticare.training.checkpoints import (
    checkpoint_of,
    last_complete,
    mark_complete,
    remove_checkpoints,
)


def test_half_written_checkpoints_are_passed_over_and_removed(tmp_path: Path) -> None:
    for step in (9, 10, 100):
        checkpoint_of(tmp_path, step).mkdir()
    mark_complete(checkpoint_of(tmp_path, 9))
    mark_complete(checkpoint_of(tmp_path, 10))
    assert last_complete(tmp_path) == checkpoint_of(tmp_path, 10)
    assert not checkpoint_of(tmp_path, 100).exists()


def test_a_new_run_has_none(tmp_path: Path) -> None:
    assert last_complete(tmp_path / "not-there") is None


def test_what_is_no_checkpoint_stays(tmp_path: Path) -> None:
    for step in (9, 10):
        checkpoint_of(tmp_path, step).mkdir()
    (tmp_path / "runs").mkdir()
    remove_checkpoints(tmp_path)
    assert list(tmp_path.iterdir()) == [tmp_path / "runs"]
