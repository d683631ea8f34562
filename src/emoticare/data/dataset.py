"""What training and evaluation read: three splits of labelled texts."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from emoticare.errors import DataError, UsageError

SPLIT_NAMES: Final = ("train", "validation", "test")
_ALIASES: Final = {"dev": "validation"}


@dataclass(frozen=True, eq=False)
class Split:
    """One part of a data set.

    Attributes:
        name: One of `SPLIT_NAMES`.
        texts: The texts, as they stand in the data.
        multi_hot: Which labels each text carries: bool of shape (n_texts, n_labels).
        ids: A name for each text, such as its comment id.

    Raises:
        DataError: The texts, the labels and the ids are not equally many.
    """

    name: str
    texts: list[str]
    multi_hot: NDArray[np.bool_]
    ids: list[str]

    def __post_init__(self) -> None:
        counts = (len(self.texts), len(self.multi_hot), len(self.ids))
        if len(set(counts)) > 1:
            raise DataError(
                f"Split {self.name!r}: expected as many label rows and ids as texts, found "
                f"{counts[0]} texts, {counts[1]} label rows and {counts[2]} ids. Pass one of each."
            )

    def __len__(self) -> int:
        """Count the texts."""
        return len(self.texts)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled texts in three splits; build one with `Dataset.from_splits`.

    Attributes:
        labels: The label names, in the order of the columns of every `multi_hot`.
        train: What the weights are fitted on.
        validation: What every choice is made on.
        test: What is scored once.
        source: Where the data came from, in words; carries no folder of this machine.
        checksum: SHA-256, hexadecimal, of the content; the same wherever it was read from.
        dropped: What was left out on reading, one sentence a kind; empty when nothing was.
    """

    labels: tuple[str, ...]
    train: Split
    validation: Split
    test: Split
    source: str
    checksum: str
    dropped: tuple[str, ...] = ()

    @classmethod
    def from_splits(
        cls,
        labels: tuple[str, ...],
        splits: Iterable[Split],
        source: str,
        dropped: tuple[str, ...] = (),
    ) -> Self:
        """Put the train, the validation and the test split together, in this order."""
        train, validation, test = splits
        checksum = _checksum(labels, (train, validation, test))
        return cls(labels, train, validation, test, source, checksum, dropped)

    def split(self, name: str) -> Split:
        """Return the split of that name.

        Args:
            name: "train", "validation" (or "dev") or "test".

        Raises:
            UsageError: There is no split of that name.
        """
        by_name = {"train": self.train, "validation": self.validation, "test": self.test}
        return by_name[canonical_split_name(name)]


def canonical_split_name(name: str) -> str:
    """Return the name in `SPLIT_NAMES` for a name a user may give.

    Raises:
        UsageError: There is no split of that name.
    """
    canonical = _ALIASES.get(name, name)
    if canonical not in SPLIT_NAMES:
        raise UsageError(
            f"Expected the split to be train, validation (or dev) or test, found {name!r}."
        )
    return canonical


def multi_hot_matrix(label_ids: Sequence[Iterable[int]], n_labels: int) -> NDArray[np.bool_]:
    """Turn the label ids of each text into a bool matrix of shape (n_texts, n_labels)."""
    matrix = np.zeros((len(label_ids), n_labels), dtype=np.bool_)
    for row, ids in zip(matrix, label_ids, strict=True):
        row[list(ids)] = True
    return matrix


def _checksum(labels: tuple[str, ...], splits: Iterable[Split]) -> str:
    """Hash the label names and, split by split, each row's text, sorted label ids and id."""
    digest = hashlib.sha256(json.dumps(labels).encode())
    for split in splits:
        digest.update(f"\n{split.name}\n".encode())
        for text, row, row_id in zip(split.texts, split.multi_hot, split.ids, strict=True):
            # JSON keeps the fields apart whatever they hold.
            canonical = json.dumps([text, np.flatnonzero(row).tolist(), row_id])
            digest.update(canonical.encode() + b"\n")
    return digest.hexdigest()
