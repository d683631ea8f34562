"""GoEmotions from a folder: train.tsv, dev.tsv and test.tsv, the official "simplified" splits.

Source: Demszky et al. (2020), GoEmotions: A Dataset of Fine-Grained Emotions.
"""

import re
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emoticare.data.dataset import (
    SPLIT_NAMES,
    Dataset,
    Split,
    canonical_split_name,
    multi_hot_matrix,
)
from emoticare.data.faults import Faults, RowError, check_text, place, read_file, split_lines
from emoticare.errors import DataError
from emoticare.labels import LABELS

FILE_NAMES: Final = {"train": "train.tsv", "validation": "dev.tsv", "test": "test.tsv"}
OFFICIAL_COUNTS: Final = {"train": 43_410, "validation": 5_426, "test": 5_427}
LABELS_FILE: Final = "emotions.txt"

_N_FIELDS: Final = 3
_QUOTED: Final = re.compile(r'"((?:[^"]|"")*)"')
_LABEL_ID: Final = re.compile(r"[0-9]{1,4}")


def read_split(folder: Path, name: str) -> Split:
    """Read one split of GoEmotions; the files of the others need not exist.

    Args:
        folder: Holds {train,dev,test}.tsv with rows
            `text TAB label ids, comma separated TAB comment id`. A text with a quotation mark is
            quoted as in CSV, its marks doubled; it is unquoted here. An emotions.txt, if there is
            one, must list `LABELS`.
        name: "train", "validation" (or "dev") or "test".

    Raises:
        DataError: A file is missing, empty or foreign, or has malformed rows.
        UsageError: There is no split of that name.
    """
    name = canonical_split_name(name)
    path = _split_path(folder, name)
    _check_labels_file(folder / LABELS_FILE)
    rows = _read_rows(path)
    return Split(
        name=name,
        texts=[text for text, _, _ in rows],
        multi_hot=multi_hot_matrix([label_ids for _, label_ids, _ in rows], len(LABELS)),
        ids=[row_id for _, _, row_id in rows],
    )


def read_goemotions(folder: Path) -> Dataset:
    """Read all of GoEmotions from a folder; see `read_split`.

    Raises:
        DataError: A file is missing, empty or foreign, or has malformed rows.
    """
    splits = [read_split(folder, name) for name in SPLIT_NAMES]
    return Dataset.from_splits(LABELS, splits, source="GoEmotions (simplified), from a folder")


def check_official_counts(dataset: Dataset) -> list[str]:
    """Say, one sentence a split, where the number of rows is not that of the official files."""
    return [
        f"The {name} split has {len(dataset.split(name)):,} rows; "
        f"the official one has {official:,}. Figures will not compare with published ones."
        for name, official in OFFICIAL_COUNTS.items()
        if len(dataset.split(name)) != official
    ]


def repeated_across_splits(dataset: Dataset) -> dict[tuple[str, str], int]:
    """Count the distinct texts that two splits share, exactly, for each pair of splits."""
    texts = {name: set(dataset.split(name).texts) for name in SPLIT_NAMES}
    return {(a, b): len(texts[a] & texts[b]) for a, b in combinations(SPLIT_NAMES, 2)}


def not_seen_in(split: Split, others: Sequence[Split]) -> NDArray[np.bool_]:
    """Mark the rows of a split whose text, exactly, is in none of the others.

    Returns:
        A bool array of shape (n_texts,).
    """
    seen = {text for other in others for text in other.texts}
    return np.array([text not in seen for text in split.texts], dtype=np.bool_)


def check_label_ids(label_ids: Sequence[int]) -> None:
    """Refuse label ids that no text of GoEmotions can carry.

    Raises:
        RowError: There are none, or one is repeated or out of range.
    """
    if not label_ids:
        raise RowError("no label")
    if not all(0 <= label_id < len(LABELS) for label_id in label_ids):
        raise RowError(f"a label id outside 0 to {len(LABELS) - 1}")
    if len(set(label_ids)) != len(label_ids):
        raise RowError("a repeated label id")


def _split_path(folder: Path, name: str) -> Path:
    path = folder / FILE_NAMES[name]
    if path.is_file():
        return path
    existing = [file for file in FILE_NAMES.values() if (folder / file).is_file()]
    raise DataError(
        f"Expected the {name} split at {path}; found {', '.join(existing) or 'none'} of "
        f"{', '.join(FILE_NAMES.values())} there. Pass the folder that holds them."
    )


def _check_labels_file(path: Path) -> None:
    if not path.exists():
        return
    try:
        found = read_file(path).decode().split()
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: expected UTF-8 text. Restore the official file.") from error
    if tuple(found) != LABELS:
        position = next(
            (i for i, pair in enumerate(zip(found, LABELS, strict=False)) if pair[0] != pair[1]),
            min(len(found), len(LABELS)),
        )
        raise DataError(
            f"{path}, line {position + 1}: expected the {len(LABELS)} labels of GoEmotions in id "
            f"order, found {len(found)} that differ from this line on. Label ids would mean other "
            "labels: restore the official file, or use your own data with named labels."
        )


def _read_rows(path: Path) -> list[tuple[str, list[int], str]]:
    faults = Faults(
        expected="rows `text TAB label ids, comma separated TAB comment id` in UTF-8",
        fix="Correct or remove these rows.",
    )
    rows = []
    for line, content in enumerate(split_lines(read_file(path)), start=1):
        try:
            rows.append(_parse_row(content.removesuffix(b"\n").removesuffix(b"\r")))
        except RowError as error:
            faults.add(place(path, line), str(error))
    faults.stop_if_any()
    if not rows:
        raise DataError(f"{path}: expected rows, found an empty file. Restore the official file.")
    return rows


def _parse_row(content: bytes) -> tuple[str, list[int], str]:
    if b"\0" in content:
        raise RowError("a NUL character")
    try:
        fields = content.decode().split("\t")
    except UnicodeDecodeError:
        raise RowError("bytes that are not UTF-8") from None
    if len(fields) != _N_FIELDS:
        raise RowError(f"{len(fields)} field(s) instead of {_N_FIELDS}")
    text, label_ids = _unquote(fields[0]), _parse_label_ids(fields[1])
    check_text(text)
    check_label_ids(label_ids)
    return text, label_ids, fields[2]


def _parse_label_ids(field: str) -> list[int]:
    ids = field.split(",") if field.strip() else []
    if not all(map(_LABEL_ID.fullmatch, ids)):
        raise RowError("a label id that is not a small whole number")
    return [int(label_id) for label_id in ids]


def _unquote(field: str) -> str:
    """Undo CSV quoting; a field that merely begins with a quotation mark is left as it stands.

    The official files come from a CSV writer, and the copy on the hub was read by a CSV reader.
    """
    quoted = _QUOTED.fullmatch(field)
    return quoted.group(1).replace('""', '"') if quoted else field
