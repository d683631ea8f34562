from pathlib import Path

import pytest

from emoticare.data import source
from emoticare.data.dataset import Dataset
from emoticare.data.source import load_dataset_from
from emoticare.data.tabular import TableOptions
from emoticare.errors import DataError, UsageError
from emoticare.labels import LABELS


def write_splits(folder: Path, suffix: str, content: str) -> None:
    for i, name in enumerate(("train", "dev", "test")):
        (folder / f"{name}{suffix}").write_text(content.replace("#", str(i)))


def test_no_path_means_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(source, "load_goemotions_from_hub", lambda: asked.append("hub"))
    load_dataset_from(None)
    assert asked == ["hub"]


def test_a_folder_of_goemotions(tmp_path: Path) -> None:
    write_splits(tmp_path, ".tsv", "hello #\t1,2\tid\n")
    assert load_dataset_from(tmp_path).labels == LABELS


def test_a_damaged_folder_of_goemotions_is_told_so(tmp_path: Path) -> None:
    write_splits(tmp_path, ".tsv", "hello #\n")
    with pytest.raises(DataError, match="comment id"):
        load_dataset_from(tmp_path)
    (tmp_path / "train.tsv").write_text("")
    with pytest.raises(DataError, match="empty file"):
        load_dataset_from(tmp_path)


def own(folder: Path, suffix: str, options: TableOptions | None = None) -> Dataset:
    separator = "\t" if suffix == ".tsv" else ","
    header = "body" if options else "text"
    rows = [f"{header},labels", "a #,x", "b #,y", "c #,x|y"]
    write_splits(folder, suffix, "\n".join(rows).replace(",", separator))
    return load_dataset_from(folder, options=options)


def test_own_folders(tmp_path: Path) -> None:
    assert own(tmp_path, ".tsv").labels == ("x", "y")
    (tmp_path / "other").mkdir()
    assert own(tmp_path / "other", ".csv").labels == ("x", "y")


def test_own_folder_with_another_text_column(tmp_path: Path) -> None:
    assert own(tmp_path, ".tsv", TableOptions(text_column="body")).labels == ("x", "y")


def test_own_files(tmp_path: Path) -> None:
    own(tmp_path, ".csv")
    paths = [tmp_path / name for name in ("train.csv", "dev.csv", "test.csv")]
    assert load_dataset_from(*paths).test.texts == ["a 2", "b 2", "c 2"]
    with pytest.raises(UsageError, match="found a folder"):
        load_dataset_from(tmp_path, validation=paths[1])
    with pytest.raises(UsageError, match="found none"):
        load_dataset_from(None, test=paths[1])


def test_a_path_to_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="found nothing"):
        load_dataset_from(tmp_path / "absent")
