"""The everyday corpus: texts with what nearly every reader names, and what a reader could name.

A real text is not in the corpus: it stands there by its SHA-256, and is found again in the files of
its source.
"""

import csv
import hashlib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emoticare.data.dataset import multi_hot_matrix
from emoticare.data.faults import Faults, RowError, check_text, place, read_file, split_lines
from emoticare.data.table_formats import allow_long_fields, read_records
from emoticare.errors import DataError, UsageError
from emoticare.labels import RISKS

SPLITS: Final = ("train", "dev", "test")
_WRITTEN: Final = "written.tsv"
_REAL: Final = "real.tsv"
_COLUMNS: Final = ("id", "kind", "split", "primary", "plausible")
_MOST_PRIMARY: Final = 3
RISK_OF_KIND: Final = dict(zip(("despair", "threat", "abuse"), RISKS, strict=True))
"""The kinds whose texts carry a risk."""


@dataclass(frozen=True, eq=False)
class EverydayTexts:
    """Texts of one split.

    Attributes:
        split: "train", "dev" or "test".
        ids: A name for each text.
        texts: The texts.
        kinds: The kind of each, such as "sarcasm".
        is_real: Whether people wrote it, bool of shape (n_texts,); the others were written for the
            corpus.
        primary: What nearly every careful reader names, bool of shape (n_texts, n_labels).
        plausible: What else a reader could name, of the same shape; no text has a label in both.
    """

    split: str
    ids: list[str]
    texts: list[str]
    kinds: list[str]
    is_real: NDArray[np.bool_]
    primary: NDArray[np.bool_]
    plausible: NDArray[np.bool_]

    @property
    def risks(self) -> NDArray[np.bool_]:
        """Which of `RISKS` each text carries, bool of shape (n_texts, n_risks)."""
        of_texts = [RISK_OF_KIND.get(kind) for kind in self.kinds]
        return np.array([[risk == own for risk in RISKS] for own in of_texts])


@dataclass(frozen=True)
class _Row:
    id: str
    kind: str
    text: str
    is_real: bool
    primary: list[int]
    plausible: list[int]


def read_everyday(
    folder: Path, split: str, labels: Sequence[str], sources: Path | None = None
) -> EverydayTexts:
    """Read a split of the everyday corpus.

    Args:
        folder: The corpus, with written.tsv and real.tsv.
        split: "train", "dev" or "test".
        labels: The label names, in the order of the columns.
        sources: A folder with the files of the sources; without it only written texts are read.

    Raises:
        DataError: A file is missing or malformed, or a real text is not in the folder.
        UsageError: There is no split of that name.
    """
    if split not in SPLITS:
        raise UsageError(f"Expected a split named {', '.join(SPLITS)}, found {split!r}.")
    position = {label: i for i, label in enumerate(labels)}
    rows = [
        _to_row(record, record["text"], position, faults_at)
        for record, faults_at in _records(folder / _WRITTEN, "text", split)
    ]
    if sources is not None:
        wanted = list(_records(folder / _REAL, "sha256", split))
        found = find_texts(sources, {record["sha256"] for record, _ in wanted})
        missing = sum(record["sha256"] not in found for record, _ in wanted)
        if missing:
            raise DataError(
                f"Expected the texts of {len(wanted)} rows of {folder / _REAL} below {sources}, "
                f"found all but {missing}. Bring the files of every source that its README names."
            )
        rows += [_to_row(record, found[record["sha256"]], position, at) for record, at in wanted]
    if not rows:
        raise DataError(f"{folder}: expected rows of the split {split}, found none.")
    return EverydayTexts(
        split=split,
        ids=[row.id for row in rows],
        texts=[row.text for row in rows],
        kinds=[row.kind for row in rows],
        is_real=np.array([row.is_real for row in rows]),
        primary=multi_hot_matrix([row.primary for row in rows], len(labels)),
        plausible=multi_hot_matrix([row.plausible for row in rows], len(labels)),
    )


def normalize(text: str) -> str:
    """Return the text in NFC, each run of white space as one space, none at either end."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def fingerprint(text: str) -> str:
    """Return the SHA-256 of the normalized text, in hexadecimal."""
    return hashlib.sha256(normalize(text).encode()).hexdigest()


def find_texts(folder: Path, fingerprints: set[str]) -> dict[str, str]:
    """Find texts in the files of their sources, whatever the layout.

    Every field of every .tsv, .csv and .txt file below the folder is looked at.

    Args:
        folder: Where the files are.
        fingerprints: Of the wanted texts.

    Returns:
        The normalized texts that were found, by fingerprint.

    Raises:
        DataError: A file cannot be read.
    """
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in (".tsv", ".csv", ".txt"):
            for field in _fields(path):
                digest = fingerprint(field)
                if digest in fingerprints:
                    found[digest] = normalize(field)
    return found


def _fields(path: Path) -> Iterator[str]:
    lines = (line.decode(errors="replace") for line in split_lines(read_file(path)))
    if path.suffix.lower() != ".csv":
        for line in lines:
            yield from line.rstrip("\r\n").split("\t")
        return
    allow_long_fields()
    try:
        for row in csv.reader(lines):
            yield from row
    except csv.Error as error:
        raise DataError(f"{path}: expected CSV, found a row that is none ({error}).") from error


def _records(path: Path, text_column: str, split: str) -> Iterator[tuple[dict[str, str], str]]:
    """Yield the rows of a split, each with its place."""
    faults = Faults(f"rows with {', '.join((*_COLUMNS, text_column))}", "Restore the file.")
    for line, record in read_records(path, (*_COLUMNS, text_column), faults):
        if record["split"] == split:
            yield dict(record), place(path, line)
    faults.stop_if_any()


def _to_row(record: dict[str, str], text: str, position: dict[str, int], where: str) -> _Row:
    try:
        check_text(text)
        primary = _label_ids(record["primary"], position)
        plausible = _label_ids(record["plausible"], position)
        if not 1 <= len(primary) <= _MOST_PRIMARY:
            raise RowError(f"{len(primary)} primary labels instead of one to {_MOST_PRIMARY}")
        if set(primary) & set(plausible):
            raise RowError("a label both primary and plausible")
    except RowError as error:
        raise DataError(f"{where}: expected a labelled text, found {error}.") from None
    return _Row(record["id"], record["kind"], text, "sha256" in record, primary, plausible)


def _label_ids(names: str, position: dict[str, int]) -> list[int]:
    found = [position.get(name) for name in names.split(",") if name]
    ids = [i for i in found if i is not None]
    if len(ids) < len(found):
        raise RowError("a label that the model does not have")
    return ids
