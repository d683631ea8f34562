import csv
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emoticare.data.dataset import SPLIT_NAMES, Dataset
from emoticare.data.tabular import TableOptions, build_dataset, read_label_names, read_table
from emoticare.errors import DataError, UsageError

TICKETS = Path(__file__).parents[2] / "docs" / "tutorial" / "tickets.csv"


def write(path: Path, *rows: tuple[str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "labels"), *rows])
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "train.csv", ("a", "x"), ("b", "y"), ("c", "x|y"), ("d", ""))
    write(tmp_path / "dev.csv", ("e", "x"), ("f", "y"))
    write(tmp_path / "test.csv", ("g", "y"), ("h", ""))
    return tmp_path


def build(*paths: Path, **options: Any) -> Dataset:
    return build_dataset(*paths, options=TableOptions(**options))


def texts(dataset: Dataset) -> list[list[str]]:
    return [dataset.split(name).texts for name in SPLIT_NAMES]


def stops_and_drops(*paths: Path, message: str, **options: Any) -> Dataset:
    """Check that a problem stops by default; drop it, and check that it is reported."""
    with pytest.raises(DataError, match=message):
        build(*paths, **options)
    dataset = build(*paths, on_problem="drop", **options)
    assert len(dataset.dropped) == 1
    return dataset


def test_folder_of_splits(folder: Path) -> None:
    dataset = build_dataset(folder)
    assert texts(dataset) == [["a", "b", "c", "d"], ["e", "f"], ["g", "h"]]
    assert dataset.labels == ("x", "y")
    assert dataset.train.multi_hot.tolist() == [[1, 0], [0, 1], [1, 1], [0, 0]]
    assert dataset.train.ids[0] == "train.csv:2"
    assert dataset.source == "train.csv, dev.csv, test.csv"
    assert dataset.dropped == ()


def test_three_files(folder: Path) -> None:
    files = [folder / name for name in ("train.csv", "dev.csv", "test.csv")]
    assert build_dataset(*files).checksum == build_dataset(folder).checksum
    with pytest.raises(UsageError, match="both"):
        build_dataset(files[0], validation=files[1])


def test_folder_with_missing_or_ambiguous_files(folder: Path) -> None:
    write(folder / "validation.csv", ("e", "x"))
    with pytest.raises(DataError, match=r"found validation\.csv, dev\.csv"):
        build_dataset(folder)
    (folder / "test.csv").unlink()
    (folder / "validation.csv").unlink()
    with pytest.raises(DataError, match=r"named test that ends in .* found none"):
        build_dataset(folder)


def test_given_label_order(folder: Path) -> None:
    dataset = build(folder, labels=("y", "x"))
    assert dataset.labels == ("y", "x")
    assert dataset.train.multi_hot.tolist() == [[0, 1], [1, 0], [1, 1], [0, 0]]


def test_unlisted_label(folder: Path) -> None:
    dataset = stops_and_drops(folder, message="line 3: label 'y'", labels=("x",))
    assert dataset.labels == ("x",)
    # A row whose only label went is gone; a row that never had one, or has another, stays.
    assert texts(dataset) == [["a", "c", "d"], ["e"], ["h"]]


def test_listed_label_that_is_never_used(folder: Path) -> None:
    dataset = stops_and_drops(folder, message="label set: label 'z'", labels=("z", "y", "x"))
    assert dataset.labels == ("y", "x")


def test_label_on_one_row(folder: Path) -> None:
    write(folder / "train.csv", ("a", "x|once"), ("b", "y"), ("c", "rare"))
    with pytest.raises(DataError, match=r"train\.csv, line 2: label 'once'"):
        build_dataset(folder)
    dataset = build(folder, on_problem="drop")
    assert dataset.labels == ("x", "y")
    assert dataset.train.texts == ["a", "b"]
    assert "line 4: label 'rare'" in dataset.dropped[0]


def test_label_that_is_not_in_train(folder: Path) -> None:
    write(folder / "test.csv", ("g", "y|new"), ("h", "new"))
    dataset = stops_and_drops(folder, message=r"train split; [\s\S]*test\.csv.*label 'new'")
    assert dataset.labels == ("x", "y")
    assert dataset.test.texts == ["g"]


def test_repeated_text(folder: Path) -> None:
    write(folder / "train.csv", ("a", "x"), ("b", "y"), ("a", "y"))
    message = r"train\.csv, line 4: the text of .*train\.csv, line 2"
    dataset = stops_and_drops(folder, message=message)
    assert dataset.train.texts == ["a", "b"]
    assert dataset.train.multi_hot[0].tolist() == [True, False]


def test_shared_texts_stay_in_the_later_split(folder: Path) -> None:
    write(folder / "train.csv", ("a", "x"), ("b", "y"), ("e", "x"), ("g", "y"))
    write(folder / "dev.csv", ("e", "x"), ("f", "y"), ("g", "y"))
    dataset = stops_and_drops(folder, message="no text in two splits; 3 found")
    assert texts(dataset) == [["a", "b"], ["e", "f"], ["g", "h"]]


def test_malformed_rows(folder: Path) -> None:
    write(folder / "train.csv", ("a", "x"), (" ", "y"), ("b", "y"))
    dataset = stops_and_drops(folder, message="line 3: an empty text")
    assert dataset.train.texts == ["a", "b"]


def test_nothing_is_left(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", ("a", "x"), ("b", "y"))
    with pytest.raises(DataError, match="at least one label"):
        build(path, on_problem="drop")
    path = write(tmp_path / "t.csv", ("a", "x"), ("b", "x"))
    with pytest.raises(DataError, match="rows for the validation split"):
        build_dataset(path)


def test_errors_carry_no_text(folder: Path) -> None:
    secret = "what nobody may read in a log"
    write(folder / "train.csv", (secret, "x"), (secret, "x"), ("c", secret), ("d", "x"))
    write(folder / "test.csv", (secret, "x"))
    dataset = build(folder, on_problem="drop")
    assert len(dataset.dropped) == 3
    assert secret not in " ".join(dataset.dropped)


def test_one_file_is_split(tmp_path: Path) -> None:
    rows = [(f"text {i}", "x" if i % 2 else "x|y") for i in range(100)]
    path = write(tmp_path / "t.csv", *rows)
    dataset = build_dataset(path)
    assert [len(part) for part in texts(dataset)] == [80, 10, 10]
    assert sorted(chain(*texts(dataset))) == sorted(text for text, _ in rows)
    assert [dataset.split(name).multi_hot[:, 1].sum() for name in SPLIT_NAMES] == [40, 5, 5]
    assert dataset.checksum == build_dataset(path).checksum
    assert dataset.checksum != build(path, seed=1).checksum


def test_label_names(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_bytes(b"\xef\xbb\xbfb\r\na label\n\n")
    assert read_label_names(path) == ("b", "a label")
    path.write_bytes(b"b\nb\n")
    with pytest.raises(DataError, match=r"line 2: .*'b' of line 1 again"):
        read_label_names(path)
    for content in (b"", b"\n \n", b"\xff"):
        path.write_bytes(content)
        with pytest.raises(DataError, match="expected"):
            read_label_names(path)


def test_the_tickets_of_the_tutorial() -> None:
    rows = read_table(TICKETS)
    assert len(rows) == 40
    dataset = build_dataset(TICKETS)
    assert dataset.labels == ("account", "billing", "delivery", "praise", "technical")
    every = np.concatenate([dataset.split(name).multi_hot for name in SPLIT_NAMES])
    assert (every.sum(axis=0) >= 6).all()
    for name in SPLIT_NAMES:
        assert dataset.split(name).multi_hot.any(axis=0).all()
