"""Reads the annotated lines of XED, English film subtitles: texts unlike those of GoEmotions."""

from pathlib import Path
from typing import Final

from emoticare.data.dataset import Split, multi_hot_matrix
from emoticare.data.faults import Faults, RowError, check_text, place, read_file, split_lines
from emoticare.errors import DataError

XED_EMOTIONS: Final = (
    "anger",
    "anticipation",
    "disgust",
    "fear",
    "joy",
    "sadness",
    "surprise",
    "trust",
)
"""The emotions of XED (Öhman et al., 2020); its ids count from 1 in this order."""


def read_xed(path: Path) -> Split:
    """Read `text TAB ids, comma separated`, a row a line.

    Returns:
        The lines as a test split, with a column for each of `XED_EMOTIONS`.

    Raises:
        DataError: The file is missing or malformed; names file and line.
    """
    faults = Faults("rows `text TAB ids from 1 to 8, comma separated`", "Restore the file.")
    texts, ids = [], []
    for line, content in enumerate(split_lines(read_file(path)), start=1):
        try:
            text, emotion_ids = _parse_row(content)
        except RowError as error:
            faults.add(place(path, line), str(error))
        else:
            texts.append(text)
            ids.append(emotion_ids)
    faults.stop_if_any()
    if not texts:
        raise DataError(f"{path}: expected rows, found an empty file. Restore the file.")
    names = [str(line) for line in range(1, len(texts) + 1)]
    return Split("test", texts, multi_hot_matrix(ids, len(XED_EMOTIONS)), names)


def _parse_row(content: bytes) -> tuple[str, list[int]]:
    try:
        fields = content.decode().rstrip("\r\n").split("\t")
    except UnicodeDecodeError:
        raise RowError("bytes that are not UTF-8") from None
    if len(fields) != 2:  # noqa: PLR2004 - a text and its ids
        raise RowError(f"{len(fields)} field(s) instead of 2")
    check_text(fields[0])
    known = {str(i + 1): i for i in range(len(XED_EMOTIONS))}
    found = [known.get(number.strip()) for number in fields[1].split(",")]
    ids = [number for number in found if number is not None]
    if len(ids) < len(found):
        raise RowError(f"an id outside 1 to {len(XED_EMOTIONS)}")
    return fields[0], ids
