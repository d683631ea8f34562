"""JSON lines that become a table: which columns, of which types, read from all files once."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import pyarrow as pa

from emoticare.bulk.inputs import InputFile
from emoticare.bulk.json_lines import line_groups, parse_line
from emoticare.bulk.readers import open_content

_UNFIT: Final = (pa.ArrowException, OverflowError, UnicodeEncodeError, ValueError, TypeError)


def infer_schema(files: Sequence[InputFile], text_column: str) -> pa.Schema:
    """Find the columns of JSON lines, in the order in which they first occur.

    A column whose values have no common type holds them as JSON text, and says so in its metadata.

    Args:
        files: Read from beginning to end.
        text_column: Always holds strings.

    Raises:
        DataError: If a file cannot be read.
    """
    types: dict[str, pa.DataType | None] = {}
    for records in _record_groups(files):
        keys = dict.fromkeys(key for record in records for key in record)
        for key in keys:
            found = _type_of([record.get(key) for record in records])
            types[key] = _common(types[key], found) if key in types else found
    if text_column in types:
        types[text_column] = pa.string()
    return pa.schema([_field(name, found) for name, found in types.items()])


def _record_groups(files: Sequence[InputFile]) -> Iterator[list[dict[str, Any]]]:
    for file in files:
        with open_content(file) as content:
            for lines in line_groups(content):
                parsed = map(parse_line, lines)
                yield [dict(record) for record in parsed if not isinstance(record, str)]


def _type_of(values: list[Any]) -> pa.DataType | None:
    try:
        if all(value is None or isinstance(value, str) for value in values):
            return pa.string() if any(value is not None for value in values) else pa.null()
        found = pa.array(values).type
    except _UNFIT:
        return None
    return found if _can_be_stored(found) else None


def _can_be_stored(found: pa.DataType) -> bool:
    """Return whether Parquet has such a type: it has no empty objects, nor lists of nothing."""
    inner = [found.field(i).type for i in range(found.num_fields)]
    if pa.types.is_struct(found) and not inner:
        return False
    return all(not pa.types.is_null(part) and _can_be_stored(part) for part in inner)


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
