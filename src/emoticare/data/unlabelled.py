"""Reads texts without labels, which a student learns from a teacher's probabilities for them."""

from pathlib import Path
from typing import Final

from emoticare.data.faults import Faults, RowError, check_text, place, read_file, split_lines
from emoticare.data.table_formats import read_records

_PLAIN: Final = (".txt", ".tsv")


def read_unlabelled(path: Path, text_column: str = "text") -> list[str]:
    """Read the texts of a file, in order; empty ones, which teach nothing, are passed over.

    Args:
        path: A .txt file with a text a line; a .tsv file without column names, whose last field is
            the text; or a .csv, .jsonl or .parquet file.
        text_column: Holds the texts where there are columns.

    Raises:
        DataError: The file cannot be read, or a row is malformed; names file and line.
        MissingExtraError: The file is Parquet and pyarrow is not installed.
    """
    faults = Faults("a text in each row", "Correct these rows.")
    if path.suffix.lower() in _PLAIN:
        rows = _plain_rows(path, faults)
    else:
        records = read_records(path, [text_column], faults)
        rows = [(line, record[text_column]) for line, record in records]
    texts = []
    for line, text in rows:
        try:
            if not isinstance(text, str):
                raise RowError(f"a value of type {type(text).__name__}")
            if not text.strip():
                continue
            check_text(text)
        except RowError as error:
            faults.add(place(path, line), str(error))
        else:
            texts.append(text)
    faults.stop_if_any()
    return texts


def _plain_rows(path: Path, faults: Faults) -> list[tuple[int, str]]:
    rows = []
    for number, line in enumerate(split_lines(read_file(path)), start=1):
        try:
            rows.append((number, line.decode().rstrip("\r\n").rsplit("\t", 1)[-1]))
        except UnicodeDecodeError:
            faults.add(place(path, number), "bytes that are not UTF-8")
    return rows
