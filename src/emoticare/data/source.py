"""Which reader a user's --data means."""

from pathlib import Path
from typing import Final

from emoticare.data.dataset import SPLIT_NAMES, Dataset, Split, canonical_split_name
from emoticare.data.faults import read_file, split_lines
from emoticare.data.goemotions import FILE_NAMES, read_goemotions, read_split
from emoticare.data.hub import load_goemotions_from_hub
from emoticare.data.tabular import TableOptions, build_dataset, read_whole_file
from emoticare.errors import DataError, UsageError
from emoticare.labels import LABELS

WHOLE_FILE: Final = "all"
"""The name of the split that is every row of one file."""


def load_dataset_from(
    data: Path | None,
    validation: Path | None = None,
    test: Path | None = None,
    options: TableOptions | None = None,
) -> Dataset:
    """Read labelled texts from wherever they are.

    Args:
        data: None for GoEmotions from the hub; a folder with the files of GoEmotions; or a user's
            own file or folder, see `build_dataset`.
        validation: The user's own validation split, where `data` is the file of the train split.
        test: The user's own test split, likewise.
        options: How to read a user's own files; GoEmotions needs none.

    Raises:
        DataError: The data is missing, malformed or inconsistent.
        UsageError: Only one of validation and test is given, or they come without a train file.
        MissingExtraError: Reading from the hub, or Parquet, needs a package that is missing.
    """
    options = options or TableOptions()
    own_splits = validation is not None or test is not None
    if own_splits and (data is None or data.is_dir()):
        raise UsageError(
            "Expected the file of the train split beside those of validation and test, found "
            f"{'a folder' if data else 'none'}. Give the file, or leave the other two out."
        )
    if data is None:
        return load_goemotions_from_hub()
    if not data.exists():
        raise DataError(
            f"Expected a file or a folder at {data}, found nothing. Check the path, or leave it "
            "out to read GoEmotions from the hub."
        )
    if data.is_dir() and _is_goemotions(data, options.text_column):
        return read_goemotions(data)
    return build_dataset(data, validation, test, options)


def load_split_from(
    data: Path | None,
    name: str,
    options: TableOptions | None = None,
    *,
    validation: Path | None = None,
    test: Path | None = None,
) -> tuple[tuple[str, ...], Split, list[Split]]:
    """Read one split to evaluate on, and beside it whatever other splits there are.

    Args:
        data: As for `load_dataset_from`; of GoEmotions only the file of the split must exist.
        name: "train", "validation" (or "dev") or "test"; "all" for every row of a user's own file.
        options: How to read a user's own files.
        validation: The user's own validation split, where `data` is the file of the train split.
        test: The user's own test split, likewise.

    Returns:
        The label names, the split, and the other splits that could be found.

    Raises:
        DataError: The data is missing, malformed or inconsistent.
        UsageError: There is no split of that name, or "all" is asked of something else than a file.
    """
    options = options or TableOptions()
    if name == WHOLE_FILE:
        return *_load_whole(data, options), []
    wanted = canonical_split_name(name)
    if data is not None and data.is_dir() and _is_goemotions(data, options.text_column):
        split = read_split(data, wanted)
        found = [other for other, file in FILE_NAMES.items() if (data / file).is_file()]
        return LABELS, split, [read_split(data, other) for other in found if other != wanted]
    dataset = load_dataset_from(data, validation, test, options)
    others = [dataset.split(other) for other in SPLIT_NAMES if other != wanted]
    return dataset.labels, dataset.split(wanted), others


def _load_whole(data: Path | None, options: TableOptions) -> tuple[tuple[str, ...], Split]:
    if data is None or not data.is_file():
        raise UsageError(
            f"Expected the split {WHOLE_FILE} of a file, found {'a folder' if data else 'no data'}."
            " Name the file, or a split."
        )
    return read_whole_file(data, options)


def _is_goemotions(folder: Path, text_column: str) -> bool:
    """Tell GoEmotions, which has no column names, from a user's own tab-separated files."""
    paths = [folder / file for file in FILE_NAMES.values() if (folder / file).is_file()]
    if not paths:
        return False
    first = next(iter(split_lines(read_file(paths[0]))), b"")
    return text_column.encode() not in first.rstrip(b"\r\n").split(b"\t")
