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
_PAIRS: Final = "pairs_"
_TURNS_JOINED_BY: Final = " // "
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
        contexts: What was said before each text, a line a turn; empty where nothing was.
    """

    split: str
    ids: list[str]
    texts: list[str]
    kinds: list[str]
    is_real: NDArray[np.bool_]
    primary: NDArray[np.bool_]
    plausible: NDArray[np.bool_]
    contexts: Sequence[str] = ()

    def by_origin(self) -> dict[str, NDArray[np.bool_]]:
        """Return which texts are of "all", "real" and "written"; without real ones the last."""
        everything = np.ones(len(self.texts), np.bool_)
        with_real = {"all": everything, "real": self.is_real} if self.is_real.any() else {}
        return {**with_real, "written": ~self.is_real}

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
    context: str


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
    return _read(folder, split, labels, sources)


def read_pairs(
    folder: Path, split: str, labels: Sequence[str], sources: Path | None = None
) -> EverydayTexts:
    """Read the replies of a split, with what was said before them.

    Args:
        folder: The corpus, with pairs_written.tsv and pairs_real.tsv.
        split: "train", "dev" or "test".
        labels: The label names, in the order of the columns.
        sources: A folder with the files of the sources; without it only written pairs are read.

    Raises:
        DataError: A file is missing or malformed, or a real text is not in the folder.
        UsageError: There is no split of that name.
    """
    return _read(folder, split, labels, sources, _PAIRS)


def join_turns(before: str) -> str:
    """Return what the corpus says was said before, a line a turn."""
    return before.replace(_TURNS_JOINED_BY, "\n")


def _read(
    folder: Path, split: str, labels: Sequence[str], sources: Path | None, tables: str = ""
) -> EverydayTexts:
    if split not in SPLITS:
        raise UsageError(f"Expected a split named {', '.join(SPLITS)}, found {split!r}.")
    before = "before" if tables else None
    position = {label: i for i, label in enumerate(labels)}
    rows = [
        _to_row(record, record["text"], position, at, record.get(before or "", ""))
        for record, at in _records(folder / f"{tables}{_WRITTEN}", ("text", before), split)
    ]
    if sources is not None:
        path = folder / f"{tables}{_REAL}"
        columns = ("sha256", before and f"{before}_sha256")
        wanted = list(_records(path, columns, split))
        digests = [[record[name] for name in columns if name] for record, _ in wanted]
        found = find_texts(sources, {digest for of_row in digests for digest in of_row})
        missing = sum(not found.keys() >= set(of_row) for of_row in digests)
        if missing:
            raise DataError(
                f"Expected the texts of {len(wanted)} rows of {path} below {sources}, "
                f"found all but {missing}. Bring the files of every source that its README names."
            )
        rows += [
            _to_row(record, found[text], position, at, *(found[digest] for digest in context))
            for (record, at), (text, *context) in zip(wanted, digests, strict=True)
        ]
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
        contexts=[row.context for row in rows] if tables else (),
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


def _records(
    path: Path, text_columns: Sequence[str | None], split: str
) -> Iterator[tuple[dict[str, str], str]]:
    """Yield the rows of a split, each with its place."""
    columns = (*_COLUMNS, *filter(None, text_columns))
    faults = Faults(f"rows with {', '.join(columns)}", "Restore the file.")
    for line, record in read_records(path, columns, faults):
        if record["split"] == split:
            yield dict(record), place(path, line)
    faults.stop_if_any()


def _to_row(
    record: dict[str, str], text: str, position: dict[str, int], where: str, before: str = ""
) -> _Row:
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
    is_real = "sha256" in record
    context = join_turns(before)
    return _Row(record["id"], record["kind"], text, is_real, primary, plausible, context)


def _label_ids(names: str, position: dict[str, int]) -> list[int]:
    found = [position.get(name) for name in names.split(",") if name]
    ids = [i for i in found if i is not None]
    if len(ids) < len(found):
        raise RowError("a label that the model does not have")
    return ids
