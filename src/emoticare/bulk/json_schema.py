"""JSON lines that become a table: which columns, of which types, read from all files once."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import pyarrow as pa

from emoticare.bulk.columns import MOST_COLUMNS
from emoticare.bulk.inputs import InputFile
from emoticare.bulk.json_lines import is_deep, line_groups, parse_line
from emoticare.bulk.readers import OnNote, open_content
from emoticare.bulk.settings import ScoreSettings
from emoticare.errors import DataError

# Arrow files nest up to 64 levels.
_DEEPEST: Final = 50
_UNFIT: Final = (pa.ArrowException, OverflowError, UnicodeEncodeError, ValueError, TypeError)


def infer_schema(files: Sequence[InputFile], settings: ScoreSettings, on_note: OnNote) -> pa.Schema:
    """Find the columns of JSON lines, in the order in which they first occur.

    A column whose values have no common type holds them as JSON text, and says so in its metadata.

    Args:
        files: Read from beginning to end.
        settings: Name the column of the texts, which always holds strings.
        on_note: Called with what was found out about a file.

    Raises:
        DataError: If a file cannot be read, or there are too many columns.
    """
    types: dict[str, pa.DataType | None] = {}
    for records in _record_groups(files, settings, on_note):
        values: dict[str, list[Any]] = {}
        for record in records:
            for key, value in record.items():
                values.setdefault(key, []).append(value)
        for key, of_key in values.items():
            found = _type_of(of_key)
            types[key] = _common(types[key], found) if key in types else found
        if len(types) > MOST_COLUMNS:
            raise DataError(
                f"Expected at most {MOST_COLUMNS} keys in all rows together, found more. Write "
                "JSON lines, which stay as they are, or leave out what is not needed."
            )
    if settings.text_column in types:
        types[settings.text_column] = pa.string()
    return pa.schema([_field(name, found) for name, found in types.items()])


def _record_groups(
    files: Sequence[InputFile], settings: ScoreSettings, on_note: OnNote
) -> Iterator[list[dict[str, Any]]]:
    for file in files:
        with open_content(file, settings, on_note) as content:
            for lines in line_groups(content):
                parsed = map(parse_line, lines)
                objects = (record for record in parsed if not isinstance(record, str))
                yield [dict(record) for record in objects if not is_deep(record)]


def _type_of(values: list[Any]) -> pa.DataType | None:
    try:
        if all(value is None or isinstance(value, str) for value in values):
            return pa.string() if any(value is not None for value in values) else pa.null()
        found = pa.array(values).type
    except _UNFIT:
        return None
    return found if _can_be_stored(found) else None


def _can_be_stored(found: pa.DataType, level: int = 0) -> bool:
    """Return whether Parquet and Arrow have such a type: no empty objects, nor lists of nothing."""
    if level > _DEEPEST:
        return False
    inner = [found.field(i).type for i in range(found.num_fields)]
    if pa.types.is_struct(found) and not inner:
        return False
    return all(not pa.types.is_null(part) and _can_be_stored(part, level + 1) for part in inner)


def _common(one: pa.DataType | None, other: pa.DataType | None) -> pa.DataType | None:
    if one is None or other is None:
        return None
    try:
        schemas = [pa.schema([("value", found)]) for found in (one, other)]
        return pa.unify_schemas(schemas, promote_options="permissive").field(0).type
    except _UNFIT:
        return None


def _field(name: str, found: pa.DataType | None) -> pa.Field:
    if found is None:
        return pa.field(name, pa.string(), metadata={b"json": b"1"})
    return pa.field(name, pa.string() if pa.types.is_null(found) else found)
