import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emoticare.data.goemotions import read_goemotions
from emoticare.data.hub import load_goemotions_from_hub
from emoticare.errors import DataError, MissingExtraError
from emoticare.labels import LABELS

ROWS: dict[str, list[tuple[str, list[int], str]]] = {
    "train": [("hello", [3, 0], "a"), ('so "good"', [27], "b")],
    "validation": [("well", [1], "c")],
    "test": [("bye\u2028now", [2], "d")],
}


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)


def write_repo(
    folder: Path,
    rows: dict[str, list[Any]] = ROWS,
    labels: tuple[str, ...] = LABELS,
    text_column: str = "text",
) -> str:
    """Lay a folder out as the hub does."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    (folder / "simplified").mkdir(parents=True)
    for name, split in rows.items():
        columns = {
            text_column: pa.array([row[0] for row in split], pa.string()),
            "labels": pa.array([row[1] for row in split], pa.list_(pa.int64())),
            "id": pa.array([row[2] for row in split], pa.string()),
        }
        pq.write_table(pa.table(columns), folder / "simplified" / f"{name}-00000-of-00001.parquet")
    lines = ["---", "dataset_info:", "- config_name: simplified", "  features:"]
    lines += [f"  - name: {text_column}", "    dtype: string", "  - name: labels"]
    lines += ["    sequence:", "      class_label:", "        names:"]
    lines += [f"          '{i}': {label}" for i, label in enumerate(labels)]
    lines += ["  - name: id", "    dtype: string"]
    lines += ["configs:", "- config_name: simplified", "  data_files:"]
    for name in rows:
        lines += [f"  - split: {name}", f"    path: simplified/{name}-*"]
    (folder / "README.md").write_text("\n".join([*lines, "---", ""]))
    return str(folder)


def test_read_the_layout_of_the_hub(tmp_path: Path) -> None:
    dataset = load_goemotions_from_hub(write_repo(tmp_path / "repo"))
    assert dataset.labels == LABELS
    assert dataset.train.texts == ["hello", 'so "good"']
    assert dataset.train.ids == ["a", "b"]
    assert np.flatnonzero(dataset.train.multi_hot[0]).tolist() == [0, 3]
    assert dataset.validation.name == "validation"
    assert str(tmp_path) not in dataset.source


def test_the_checksum_is_that_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "tsv"
    folder.mkdir()
    for name, file in (("train", "train.tsv"), ("validation", "dev.tsv"), ("test", "test.tsv")):
        lines = [f"{text}\t{','.join(map(str, ids))}\t{i}\n" for text, ids, i in ROWS[name]]
        content = "".join(lines).replace('so "good"', '"so ""good"""')
        (folder / file).write_bytes(content.encode())
    from_hub = load_goemotions_from_hub(write_repo(tmp_path / "repo"))
    assert read_goemotions(folder).checksum == from_hub.checksum


def test_other_labels_are_refused(tmp_path: Path) -> None:
    labels = (LABELS[1], LABELS[0], *LABELS[2:])
    with pytest.raises(DataError, match="id order"):
        load_goemotions_from_hub(write_repo(tmp_path / "repo", labels=labels))


def test_other_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="found no text"):
        load_goemotions_from_hub(write_repo(tmp_path / "repo", text_column="comment"))


def test_missing_splits_are_refused(tmp_path: Path) -> None:
    rows = {"train": ROWS["train"], "test": ROWS["test"]}
    with pytest.raises(DataError, match="found no validation"):
        load_goemotions_from_hub(write_repo(tmp_path / "repo", rows=rows))


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ((None, [1], "x"), "missing value"),
        (("my secret", None, "x"), "missing value"),
        ((" ", [1], "x"), "empty text"),
        (("my secret", [], "x"), "no label"),
        (("my secret", [1, 1], "x"), "repeated"),
    ],
)
def test_damaged_rows(tmp_path: Path, row: tuple[Any, ...], found: str) -> None:
    rows = {**ROWS, "test": [*ROWS["test"], row]}
    with pytest.raises(DataError, match=f"test, row 2: .*{found}") as caught:
        load_goemotions_from_hub(write_repo(tmp_path / "repo", rows=rows))
    assert "my secret" not in str(caught.value)


def test_any_failure_points_to_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise TimeoutError("somewhere")

    monkeypatch.setattr("datasets.load_dataset", fail)
    with pytest.raises(DataError, match=r"TimeoutError.*\s.*--data DIR"):
        load_goemotions_from_hub()


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingExtraError, match=r"emoticare\[train\]"):
        load_goemotions_from_hub()
