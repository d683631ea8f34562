"""Values of a time column -> seconds on the wall clock of one time zone."""

import datetime as dt
import email.utils
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from emoticare.errors import DataError

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_EPOCH: Final = dt.datetime(1970, 1, 1)
_QUARTER_S: Final = 900
_EPOCH_NUMBER: Final = re.compile(r"-?\d{9,19}(\.\d+)?")
# Up to the year 5138 in seconds, then in milliseconds and so on.
_UNITS: Final = ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6), (np.inf, 1e9))
_TWITTER: Final = "%a %b %d %H:%M:%S %z %Y"
_FIRST_S, _LAST_S = (
    int((dt.datetime(year, 1, 1) - _EPOCH).total_seconds()) for year in (1900, 2101)
)


@dataclass(frozen=True)
class Times:
    """The times of some rows.

    Attributes:
        seconds: Since 1970 on the wall clock, of shape (n_rows,); 0 where there is none.
        known: Whether a row has a time that can be used.
        missing: Whether the value was empty.
        odd: Whether it was exactly the epoch, or outside the years 1900 to 2100.
    """

    seconds: Ints
    known: Bools
    missing: Bools
    odd: Bools


class WallClock:
    """Reads times as a clock in one time zone would have shown them.

    Read are ISO 8601, RFC 2822, seconds (or milli-, micro-, nanoseconds) since 1970, and columns
    that hold times or dates. A value without a zone is taken as it is. Dates such as 03/04/2024
    mean two days; they are read with a format only.

    Args:
        timezone: IANA name.
        time_format: As `strptime` takes it, for values in no such form.
    """

    def __init__(self, timezone: str, time_format: str | None = None) -> None:
        self._zone = ZoneInfo(timezone)
        self._is_utc = timezone == "UTC"
        self._format = time_format

    def read(self, column: pa.ChunkedArray) -> Times:
        """Read a column's values.

        Raises:
            DataError: If the column can hold no times.
        """
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        seconds, missing = self._seconds(column)
        found = ~np.isnan(seconds)
        whole = np.where(found, np.floor(np.nan_to_num(seconds)), 0).astype(np.int64)
        odd = found & ((whole == 0) | (whole < _FIRST_S) | (whole >= _LAST_S))
        return Times(np.where(odd, 0, whole), found & ~odd, missing, odd)

    def _seconds(self, column: pa.ChunkedArray) -> tuple[npt.NDArray[np.float64], Bools]:
        kind = column.type
        missing = _as_numpy(column.is_null()).astype(bool)
        if pa.types.is_null(kind):
            return np.full(len(column), np.nan), missing
        if pa.types.is_timestamp(kind):
            naive = _timestamp_seconds(column)
            return (self._to_wall(naive) if kind.tz else naive), missing
        if pa.types.is_date(kind):
            return _timestamp_seconds(column.cast(pa.timestamp("s"))), missing
        if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            numbers = _as_numpy(column.cast(pa.float64()))
            return self._to_wall(_epoch_seconds(numbers)), missing
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            return self._of_strings(column)
        raise DataError(
            f"expected times in the column of --time-column, found {kind}. Name another column."
        )

    def _of_strings(self, column: pa.ChunkedArray) -> tuple[npt.NDArray[np.float64], Bools]:
        trimmed = pc.utf8_trim_whitespace(column)
        empty = pc.fill_null(pc.equal(trimmed, ""), True)
        values = pc.if_else(empty, pa.scalar(None, trimmed.type), trimmed)
        missing = _as_numpy(empty).astype(bool)
        if not self._format:
            for zone, to_wall in ((None, _unchanged), ("UTC", self._to_wall)):
                try:
                    parsed = pc.cast(values, pa.timestamp("us", zone))
                except pa.ArrowInvalid:
                    continue
                return to_wall(_timestamp_seconds(parsed)), missing
        return self._one_by_one(values.to_pylist()), missing

    def _one_by_one(self, values: Sequence[str | None]) -> npt.NDArray[np.float64]:
        moments = [None if value is None else _parse(value, self._format) for value in values]
        # Aware times first become UTC, then what the clock showed.
        seconds = np.array([np.nan if moment is None else moment[0] for moment in moments])
        aware = np.array([moment is not None and moment[1] for moment in moments], bool)
        seconds[aware] = self._to_wall(seconds[aware])
        return seconds

    def _to_wall(self, seconds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        if self._is_utc:
            return seconds
        usable = (seconds >= _FIRST_S) & (seconds < _LAST_S)
        quarters, inverse = np.unique(
            np.where(usable, np.nan_to_num(seconds) // _QUARTER_S, 0).astype(np.int64),
            return_inverse=True,
        )
        offsets = np.array([self._offset_s(int(quarter) * _QUARTER_S) for quarter in quarters])
        return np.where(usable, seconds + offsets[inverse], seconds)

    def _offset_s(self, seconds: int) -> float:
        moment = (_EPOCH + dt.timedelta(seconds=seconds)).replace(tzinfo=dt.UTC)
        offset = moment.astimezone(self._zone).utcoffset()
        return offset.total_seconds() if offset else 0.0


def _parse(value: str, time_format: str | None) -> tuple[float, bool] | None:
    """Return seconds since 1970, and whether they are UTC; None for what cannot be read."""
    if time_format is None and _EPOCH_NUMBER.fullmatch(value):
        return float(_epoch_seconds(np.array([float(value)]))[0]), True
    formats: tuple[Callable[[str], dt.datetime], ...] = (
        (lambda text: dt.datetime.strptime(text, time_format),)
        if time_format
        else (
            dt.datetime.fromisoformat,
            email.utils.parsedate_to_datetime,
            lambda text: dt.datetime.strptime(text, _TWITTER),
        )
    )
    for read in formats:
        try:
            moment = read(value)
            offset = moment.utcoffset()
            naive = moment.replace(tzinfo=None) - (offset or dt.timedelta())
        except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
            continue
        return (naive - _EPOCH).total_seconds(), offset is not None
    return None


def _unchanged(seconds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return seconds


def _epoch_seconds(numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    size = np.abs(numbers)
    divisors = np.select([size < limit for limit, _ in _UNITS], [unit for _, unit in _UNITS], 1.0)
    finite = np.isfinite(numbers)
    return np.where(finite, np.where(finite, numbers, 0) / divisors, np.nan)


def _timestamp_seconds(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[column.type.unit]
    # Through integers: not every instant fits another unit.
    raw = column.cast(pa.int64())
    floats = pc.divide(raw.cast(pa.float64(), safe=False), pa.scalar(float(per_second)))
    return _as_numpy(floats)


def _as_numpy(column: pa.ChunkedArray) -> npt.NDArray[Any]:
    """Return a column's values, NaN where a float is null."""
    return np.asarray(column.to_numpy(zero_copy_only=False))
