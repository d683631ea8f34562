"""JSON lines that become a table: which columns, of which types, read from all files once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from emoticare.bulk.columns import MOST_COLUMNS, read_columns
from emoticare.bulk.encodings import is_utf8
from emoticare.bulk.inputs import InputFile
from emoticare.bulk.json_lines import is_deep, line_groups, parse_line
from emoticare.bulk.readers import OnNote, open_content
from emoticare.bulk.settings import ScoreSettings
from emoticare.bulk.tables import ColumnType, ListOf, ObjectOf, PlainSchema, Scalar
from emoticare.errors import DataError

# Arrow files nest up to 64 levels.
_DEEPEST: Final = 50
_WIDEST_INT: Final = 2**63
# Up to here, every integer is a float.
_WIDEST_FLOAT: Final = 2**53
_COMMON_NUMBERS: Final[Mapping[frozenset[ColumnType], Scalar]] = {
    frozenset((Scalar.INT, Scalar.WIDE_INT)): Scalar.WIDE_INT,
    frozenset((Scalar.INT, Scalar.FLOAT)): Scalar.FLOAT,
}


def infer_schema(
    files: Sequence[InputFile], settings: ScoreSettings, on_note: OnNote
) -> PlainSchema:
    """Find the columns of JSON lines, in the order in which they first occur.

    A column whose values have no common type holds them as JSON text.

    Args:
        files: Read from beginning to end.
        settings: Name the columns to read, which always hold strings.
        on_note: Called with what was found out about a file.

    Raises:
        DataError: If a file cannot be read, or there are too many columns.
    """
    types: dict[str, ColumnType | None] = {}
    for records in _record_groups(files, settings, on_note):
        for key, of_key in _values_of_keys(records).items():
            found = _type_of_column(of_key)
            types[key] = _common(types[key], found) if key in types else found
        if len(types) > MOST_COLUMNS:
            raise DataError(
                f"Expected at most {MOST_COLUMNS} keys in all rows together, found more. Write "
                "JSON lines, which stay as they are, or leave out what is not needed."
            )
    for column in read_columns(settings.text_column, settings.context_column):
        if column.name in types:
            types[column.name] = Scalar.TEXT
    return PlainSchema(tuple((name, _written(found)) for name, found in types.items()))


def _record_groups(
    files: Sequence[InputFile], settings: ScoreSettings, on_note: OnNote
) -> Iterator[list[dict[str, Any]]]:
    for file in files:
        with open_content(file, settings, on_note) as content:
            for lines in line_groups(content):
                parsed = map(parse_line, lines)
                objects = (record for record in parsed if not isinstance(record, str))
                yield [dict(record) for record in objects if not is_deep(record)]


def _type_of_column(values: list[Any]) -> ColumnType | None:
    if all(value is None or isinstance(value, str) for value in values):
        return Scalar.TEXT if any(value is not None for value in values) else Scalar.NULL
    found = _type_of_all(values)
    return found if found is not None and _can_be_stored(found) else None


def _type_of_all(values: Iterable[Any]) -> ColumnType | None:
    """Return the type that holds all of some values; None where a column cannot hold them."""
    found = [value for value in values if value is not None]
    kinds = set(map(type, found))
    if not kinds:
        return Scalar.NULL
    if kinds == {bool}:
        return Scalar.BOOL
    if kinds == {str}:
        return Scalar.TEXT if all(map(is_utf8, found)) else None
    if kinds == {list}:
        item = _type_of_all(chain.from_iterable(found))
        return item and ListOf(item)
    if kinds == {dict}:
        return _type_of_objects(found)
    return _type_of_numbers(found) if kinds <= {int, float} else None


def _type_of_numbers(values: list[int | float]) -> ColumnType | None:
    ints = [value for value in values if isinstance(value, int)]
    if not ints:
        return Scalar.FLOAT
    lowest, highest = min(ints), max(ints)
    if lowest < -_WIDEST_INT or highest >= _WIDEST_INT:
        return None
    found = Scalar.WIDE_INT if max(-lowest, highest) > _WIDEST_FLOAT else Scalar.INT
    return found if len(ints) == len(values) else _common(found, Scalar.FLOAT)


def _type_of_objects(values: list[dict[str, Any]]) -> ColumnType | None:
    fields = []
    for key, of_key in _values_of_keys(values).items():
        found = _type_of_all(of_key) if is_utf8(key) else None
        if found is None:
            return None
        fields.append((key, found))
    return ObjectOf(tuple(fields))


def _values_of_keys(records: Iterable[dict[str, Any]]) -> dict[str, list[Any]]:
    values: dict[str, list[Any]] = {}
    for record in records:
        for key, value in record.items():
            values.setdefault(key, []).append(value)
    return values


def _can_be_stored(found: ColumnType, level: int = 0) -> bool:
    """Return whether Parquet and Arrow have such a type: no empty objects, nor lists of nothing."""
    if level > _DEEPEST:
        return False
    if isinstance(found, Scalar):
        return True
    inner = [found.item] if isinstance(found, ListOf) else [part for _, part in found.fields]
    return bool(inner) and all(
        part is not Scalar.NULL and _can_be_stored(part, level + 1) for part in inner
    )


def _common(one: ColumnType | None, other: ColumnType | None) -> ColumnType | None:
    """Return the type that holds the values of two; None where there is none."""
    if one is None or other is None:
        return None
    if Scalar.NULL in (one, other) or one == other:
        return other if one is Scalar.NULL else one
    if isinstance(one, ListOf) and isinstance(other, ListOf):
        item = _common(one.item, other.item)
        return item and ListOf(item)
    if isinstance(one, ObjectOf) and isinstance(other, ObjectOf):
        return _common_object(one, other)
    return _COMMON_NUMBERS.get(frozenset((one, other)))


def _common_object(one: ObjectOf, other: ObjectOf) -> ColumnType | None:
    fields = dict(one.fields)
    for key, inner in other.fields:
        found = _common(fields[key], inner) if key in fields else inner
        if found is None:
            return None
        fields[key] = found
    return ObjectOf(tuple(fields.items()))


def _written(found: ColumnType | None) -> ColumnType:
    """Return the type of a column in what is written, where every column has one."""
    if found is None:
        return Scalar.JSON
    return Scalar.TEXT if found is Scalar.NULL else found
