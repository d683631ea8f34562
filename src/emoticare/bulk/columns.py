"""Whether the columns of a file are those that scoring needs."""

import difflib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from emoticare.data.faults import shown_name
from emoticare.errors import DataError

MOST_COLUMNS: Final = 4096
"""Columns of the widest table: a short row of it still costs a value for each."""

_MOST_SHOWN: Final = 30


@dataclass(frozen=True)
class ReadColumn:
    """A column that scoring reads.

    Attributes:
        name: Its name.
        holds: What its values are, as messages say it.
        option: Names it on the command line.
    """

    name: str
    holds: str
    option: str


def read_columns(text_column: str, context_column: str | None) -> list[ReadColumn]:
    """Return the columns that scoring reads, that of the texts first."""
    columns = [ReadColumn(text_column, "the texts", "--text-column")]
    if context_column is not None:
        columns.append(ReadColumn(context_column, "what was said before", "--context-column"))
    return columns


def check_columns(
    existing: Sequence[str], text_column: str, context_column: str | None = None
) -> None:
    """Make sure that the columns to read are there, and every column once, and not too many.

    Args:
        existing: The names of all columns.
        text_column: Holds the texts.
        context_column: Holds what was said before each; None where nothing does.

    Raises:
        DataError: If not; names the columns that exist, and the likely one.
    """
    if len(existing) > MOST_COLUMNS:
        raise DataError(
            f"expected at most {MOST_COLUMNS} columns, found {len(existing)}. Leave out those that "
            "are not needed."
        )
    n_nameless = existing.count("")
    if n_nameless > 1:
        raise DataError(
            f"expected a name for each column, found {n_nameless} columns without a name. Name "
            "them, or leave them out."
        )
    repeated = sorted(name for name, count in Counter(existing).items() if count > 1)
    if repeated:
        raise DataError(
            f"expected each column once, found {shown_name(repeated[0])} several times. Rename "
            "all but one."
        )
    for column in read_columns(text_column, context_column):
        if column.name not in existing:
            raise _missing(column, existing)


def _missing(column: ReadColumn, existing: Sequence[str]) -> DataError:
    by_lower = {name.lower(): name for name in existing}
    close = difflib.get_close_matches(column.name.lower(), by_lower, n=1)
    hint = f" Did you mean {shown_name(by_lower[close[0]])}?" if close else ""
    shown = ", ".join(map(shown_name, existing[:_MOST_SHOWN])) or "(none)"
    more = f" and {len(existing) - _MOST_SHOWN} more" if len(existing) > _MOST_SHOWN else ""
    return DataError(
        f"expected a column {column.name!r}, found the columns {shown}{more}.{hint} "
        f"Name the column that holds {column.holds} with {column.option}; the first line of a "
        "table names them."
    )


def check_not_taken(existing: Collection[str], added: Collection[str]) -> None:
    """Make sure that no column bears a name that scoring adds.

    Raises:
        DataError: If one does.
    """
    taken = sorted(set(existing) & set(added))
    if taken:
        raise DataError(
            f"expected no column {taken[0]!r} yet, found one: was this file scored before? Rename "
            "or remove the column."
        )
