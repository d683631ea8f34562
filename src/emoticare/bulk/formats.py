"""The table formats that are read and written, by the endings of their files."""

from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Final

from emoticare.errors import MissingExtraError, UsageError

_KINDS: Final = ("csv", "tsv", "jsonl", "json", "parquet", "arrow", "xlsx", "sqlite")
# Parquet and Arrow files must be seekable; they compress inside.
_COMPRESSIBLE: Final = ("csv", "tsv", "jsonl")
_COMPRESSIONS: Final = ("gz", "zst")
_ALIASES: Final = {"ndjson": "jsonl", "sqlite3": "sqlite", "db": "sqlite"}
FORMAT_NAMES: Final = tuple(
    kind + ending
    for kind in _KINDS
    for ending in ("", *(f".{code}" for code in _COMPRESSIONS if kind in _COMPRESSIBLE))
)


KNOWN_ENDINGS: Final = (
    ".csv, .tsv, .jsonl (each also with .gz or .zst), .json, .parquet, .arrow, .xlsx, .sqlite "
    "or .db"
)
"""The endings of files that are read and written, for messages."""


@dataclass(frozen=True)
class TableFormat:
    """How a table lies in a file.

    Attributes:
        kind: csv, tsv, jsonl, json (an array of objects), parquet or arrow (the IPC file format,
            also read as a stream), xlsx or sqlite; and "cells" for parts of these two.
        compression: "gz", "zst", or "" for none.
        separator: Between the values of CSV, where it is no comma.
    """

    kind: str
    compression: str = ""
    separator: str = ""

    @property
    def name(self) -> str:
        """The ending of a file, without the first dot, as in "csv.gz"."""
        return f"{self.kind}.{self.compression}" if self.compression else self.kind

    @property
    def is_delimited(self) -> bool:
        """Whether it is CSV or TSV, where every value is text."""
        return self.kind in {"csv", "tsv"}

    @property
    def delimiter(self) -> str:
        """What stands between the values of a delimited format."""
        return self.separator or ("\t" if self.kind == "tsv" else ",")

    @property
    def is_cells(self) -> bool:
        """Whether it holds parts of a file that is made of all of them at once."""
        return self.kind == "cells"

    @property
    def is_whole(self) -> bool:
        """Whether a file is made of all its rows at once, so that no shard is such a file."""
        return self.kind in {"xlsx", "sqlite"}

    @property
    def needs_seek(self) -> bool:
        """Whether it cannot go through a pipe."""
        return self.kind == "parquet" or self.is_whole

    @property
    def most_rows(self) -> int | None:
        """The rows that a file can hold below the names of its columns; None for any number."""
        return 1_048_575 if self.kind == "xlsx" else None

    @property
    def is_json(self) -> bool:
        """Whether it holds JSON objects, each with the keys it likes."""
        return self.kind in {"jsonl", "json"}

    @property
    def is_typed(self) -> bool:
        """Whether a schema stands in the file."""
        return self.kind in {"parquet", "arrow"}

    def of_parts(self) -> "TableFormat":
        """Return the format of parts that can be joined to a file of this one."""
        kind = "cells" if self.is_whole else "jsonl" if self.is_json else self.kind
        return replace(self, kind=kind, compression="")


def check_installed(table_format: TableFormat) -> None:
    """Make sure that what a format needs is there.

    Raises:
        MissingExtraError: If a package is missing.
    """
    needs_pyarrow = table_format.is_typed or table_format.compression == "zst"
    if needs_pyarrow and find_spec("pyarrow") is None:
        raise MissingExtraError(f"{table_format.name} as a format of files", "data")
    if table_format.kind == "xlsx" and find_spec("openpyxl") is None:
        raise MissingExtraError("xlsx as a format of files", "excel")


def parse_format(name: str) -> TableFormat:
    """Read the name of a format, such as "csv.gz".

    Raises:
        UsageError: If there is no such format.
    """
    if name not in FORMAT_NAMES:
        raise UsageError(f"Expected a format ({', '.join(FORMAT_NAMES)}), found {name!r}.")
    kind, _, compression = name.partition(".")
    return TableFormat(kind, compression)


def shown_ending(path: str) -> str:
    """Return how a path ends, for a message, or "no ending"."""
    name = path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    stem, dot, ending = name.rpartition(".")
    return f".{ending}" if stem and dot and ending else "no ending"


def format_of_path(path: str) -> TableFormat | None:
    """Return the format that a path's ending tells, if it tells one."""
    parts = path.replace("\\", "/").rsplit("/", 1)[-1].lower().split(".")[1:]
    parts = [_ALIASES.get(part, part) for part in parts]
    for n_parts in (2, 1):
        name = ".".join(parts[-n_parts:])
        if len(parts) >= n_parts and name in FORMAT_NAMES:
            return parse_format(name)
    return None
