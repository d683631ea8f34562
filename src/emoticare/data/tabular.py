"""A user's own labelled texts, from CSV, TSV, JSONL or Parquet, with any set of labels."""

from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emoticare.data.cleaning import Cleaner, Parts
from emoticare.data.dataset import SPLIT_NAMES, Dataset, Split, multi_hot_matrix
from emoticare.data.faults import place, read_file, shown_name
from emoticare.data.rows import Row, TableOptions, read_rows, row_faults
from emoticare.data.stratification import stratified_parts
from emoticare.data.table_formats import TABLE_SUFFIXES
from emoticare.errors import DataError, UsageError

__all__ = [
    "Row",
    "TableOptions",
    "build_dataset",
    "read_label_names",
    "read_table",
    "read_whole_file",
]

_FRACTIONS: Final = (0.8, 0.1, 0.1)
_STEMS: Final = (("train",), ("validation", "dev"), ("test",))


def read_table(path: Path, options: TableOptions | None = None) -> list[Row]:
    """Read every row of one file.

    Args:
        path: A .csv, .tsv, .jsonl or .parquet file.
        options: Which columns to read and how labels are joined.

    Raises:
        DataError: The file cannot be read, lacks a column, or has malformed rows.
        MissingExtraError: The file is Parquet and pyarrow is not installed.
    """
    faults = row_faults()
    rows = read_rows(path, options or TableOptions(), faults)
    faults.stop_if_any()
    return rows


def read_label_names(path: Path) -> tuple[str, ...]:
    """Read a label set in its order: a UTF-8 file with one name a line.

    Raises:
        DataError: The file cannot be read, has no name, or repeats one.
    """
    try:
        lines = read_file(path).decode().split("\n")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: expected UTF-8 text. Save the file as UTF-8.") from error
    first: dict[str, int] = {}
    for number, name in enumerate(map(str.strip, lines), start=1):
        if name and first.setdefault(name, number) != number:
            raise DataError(
                f"{place(path, number)}: expected each label once, found {shown_name(name)} of "
                f"line {first[name]} again. Remove one."
            )
    if not first:
        raise DataError(f"{path}: expected one label a line, found none. Write them there.")
    return tuple(first)


def build_dataset(
    train: Path,
    validation: Path | None = None,
    test: Path | None = None,
    options: TableOptions | None = None,
) -> Dataset:
    """Make a data set of a user's own files.

    Args:
        train: The file of the train split, if the other two are given. Otherwise a folder with
            the files train, validation (or dev) and test; or one file, cut 80 : 10 : 10 so that
            each split has its share of each label.
        validation: The file of the validation split.
        test: The file of the test split.
        options: How to read the files, and what to do about problems.

    Raises:
        DataError: A file cannot be read or lacks a column, a split is left empty; or, with
            `on_problem` "stop", there are malformed rows, a text twice or in two splits, a label
            outside the given set, on one row only, or in no row of the train split.
        UsageError: Only one of validation and test is given.
        MissingExtraError: A file is Parquet and pyarrow is not installed.
    """
    options = options or TableOptions()
    cleaner = Cleaner(options.on_problem)
    paths = _split_paths(train, validation, test)
    source = ", ".join(path.name for path in paths)
    parts, labels = _read_clean(paths, options, cleaner)
    if len(parts) == 1:
        parts = _cut(parts[0], labels, options.seed)
        source += f", split with seed {options.seed}"
    splits = [
        _to_split(name, rows, labels, source) for name, rows in zip(SPLIT_NAMES, parts, strict=True)
    ]
    return Dataset.from_splits(labels, splits, source, tuple(cleaner.dropped))


def read_whole_file(path: Path, options: TableOptions) -> tuple[tuple[str, ...], Split]:
    """Read every row of a file as one split, named "all": to measure on, not to train on.

    Args:
        path: A .csv, .tsv, .jsonl or .parquet file.
        options: How to read it; without a label set, the labels are those that occur, sorted.

    Returns:
        The label names and the split.

    Raises:
        DataError: The file cannot be read, lacks a column or has no rows; or, with `on_problem`
            "stop", there are malformed rows or a label outside the given set.
        MissingExtraError: The file is Parquet and pyarrow is not installed.
    """
    cleaner = Cleaner(options.on_problem)
    faults = row_faults()
    parts = [read_rows(path, options, faults)]
    cleaner.settle(faults)
    labels = options.labels
    if labels is None:
        labels = tuple(sorted({label for row in parts[0] for label in row.labels}))
    else:
        parts = cleaner.without_unlisted(parts, labels)
    return labels, _to_split("all", parts[0], labels, path.name)


def _split_paths(train: Path, validation: Path | None, test: Path | None) -> list[Path]:
    if validation is not None and test is not None:
        return [train, validation, test]
    if validation is not None or test is not None:
        raise UsageError(
            "Expected files for both validation and test, found one of them. "
            "Give the other too, or neither to have the first file split."
        )
    if train.is_dir():
        return [_find_split(train, stems) for stems in _STEMS]
    return [train]


def _find_split(folder: Path, stems: tuple[str, ...]) -> Path:
    names = [stem + suffix for stem in stems for suffix in TABLE_SUFFIXES]
    found = [folder / name for name in names if (folder / name).is_file()]
    if len(found) == 1:
        return found[0]
    raise DataError(
        f"{folder}: expected one file named {' or '.join(stems)} that ends in "
        f"{', '.join(TABLE_SUFFIXES)}; found {', '.join(path.name for path in found) or 'none'}. "
        "Name one file for each of train, validation and test."
    )


def _read_clean(
    paths: list[Path], options: TableOptions, cleaner: Cleaner
) -> tuple[Parts, tuple[str, ...]]:
    faults = row_faults()
    parts = [read_rows(path, options, faults) for path in paths]
    cleaner.settle(faults)
    parts = cleaner.without_shared(cleaner.without_repeats(parts))
    labels = options.labels
    if labels is None:
        labels = tuple(sorted({label for row in chain(*parts) for label in row.labels}))
    else:
        parts = cleaner.without_unlisted(parts, labels)
    parts, labels = cleaner.without_rare(parts, labels)
    parts, labels = cleaner.without_untrained(parts, labels)
    if not labels:
        raise DataError(
            f"{', '.join(map(str, paths))}: expected at least one label on two rows, found none. "
            "Check the labels column and the delimiter."
        )
    return parts, labels


def _cut(rows: list[Row], labels: tuple[str, ...], seed: int) -> Parts:
    assigned = stratified_parts(_multi_hot(rows, labels), _FRACTIONS, seed)
    return [
        [row for row, part in zip(rows, assigned, strict=True) if part == wanted]
        for wanted in range(len(_FRACTIONS))
    ]


def _to_split(name: str, rows: list[Row], labels: tuple[str, ...], source: str) -> Split:
    if not rows:
        raise DataError(
            f"{source}: expected rows for the {name} split, found none. "
            "Add rows, or give a file with rows for each split."
        )
    return Split(
        name=name,
        texts=[row.text for row in rows],
        multi_hot=_multi_hot(rows, labels),
        ids=[row.id for row in rows],
    )


def _multi_hot(rows: list[Row], labels: tuple[str, ...]) -> NDArray[np.bool_]:
    position = {label: i for i, label in enumerate(labels)}
    ids = [[position[label] for label in row.labels] for row in rows]
    return multi_hot_matrix(ids, len(labels))
