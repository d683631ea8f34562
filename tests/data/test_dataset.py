import numpy as np
import pytest

from emoticare.data.dataset import Dataset, Split, multi_hot_matrix
from emoticare.errors import DataError, UsageError


def small_split(name: str, *texts: str) -> Split:
    ids = [f"{name}{i}" for i in range(len(texts))]
    return Split(name, list(texts), multi_hot_matrix([[0]] * len(texts), 2), ids)


def small_dataset(**texts: str) -> Dataset:
    splits = [small_split(name, texts.get(name, name)) for name in ("train", "validation", "test")]
    return Dataset.from_splits(("calm", "cross"), splits, "a test")


def test_split_by_name_and_alias() -> None:
    dataset = small_dataset()
    assert dataset.split("train") is dataset.train
    assert dataset.split("dev") is dataset.split("validation") is dataset.validation
    assert dataset.split("test") is dataset.test
    with pytest.raises(UsageError, match="'tset'"):
        dataset.split("tset")


def test_multi_hot_matrix() -> None:
    matrix = multi_hot_matrix([[2, 0], [], [1]], 3)
    assert matrix.dtype == np.bool_
    assert matrix.tolist() == [[True, False, True], [False] * 3, [False, True, False]]
    assert multi_hot_matrix([], 3).shape == (0, 3)


def test_split_refuses_uneven_parts() -> None:
    with pytest.raises(DataError, match="1 texts, 2 label rows and 1 ids"):
        Split("train", ["a"], multi_hot_matrix([[0], [1]], 2), ["x"])


def test_checksum_follows_the_content_only() -> None:
    first, again = small_dataset(), small_dataset()
    assert first.checksum == again.checksum
    assert len(first.checksum) == 64
    assert small_dataset(test="other").checksum != first.checksum
    splits = [first.train, first.validation, first.test]
    assert Dataset.from_splits(first.labels, splits, "elsewhere").checksum == first.checksum
    assert Dataset.from_splits(("x", "y"), splits, "a test").checksum != first.checksum


def test_checksum_keeps_fields_and_rows_apart() -> None:
    def checksum(texts: list[str], ids: list[str]) -> str:
        train = Split("train", texts, multi_hot_matrix([[0]] * len(texts), 2), ids)
        others = [small_split("validation", "v"), small_split("test", "t")]
        return Dataset.from_splits(("a", "b"), [train, *others], "a test").checksum

    assert checksum(["ab"], ["c"]) != checksum(["a"], ["bc"])
    assert checksum(["a\n", "b"], ["1", "2"]) != checksum(["a", "\nb"], ["1", "2"])
