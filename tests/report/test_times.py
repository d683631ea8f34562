"""Times in many forms, on the wall clock of one zone."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoticare.errors import DataError
from emoticare.report.times import WallClock


def read(values, timezone="UTC", time_format=None, kind=None):
    column = pa.chunked_array([pa.array(values, kind)])
    return WallClock(timezone, time_format).read(column)


def shown(times):
    moments = times.seconds.astype("M8[s]")
    pairs = zip(moments, times.known, strict=True)
    return [str(moment).replace("T", " ") if known else None for moment, known in pairs]


@pytest.mark.parametrize(
    "value",
    [
        "2024-03-05T10:20:30Z",
        "2024-03-05T10:20:30+00:00",
        "2024-03-05 10:20:30",
        "2024-03-05T10:20:30.123456",
        "20240305T102030",
        "Tue, 05 Mar 2024 10:20:30 +0000",
        "Tue Mar 05 10:20:30 +0000 2024",
        "1709634030",
        "1709634030123",
        "1709634030.5",
    ],
)
def test_common_forms_are_read(value):
    assert shown(read([value])) == ["2024-03-05 10:20:30"]
    assert shown(read([value, "not a time", ""])) == ["2024-03-05 10:20:30", None, None]


def test_what_is_missing_is_told_from_what_cannot_be_read():
    times = read(["2024-03-05", "", None, "  ", "yesterday", "03/04/2024"])
    assert times.known.tolist() == [True, False, False, False, False, False]
    assert times.missing.tolist() == [False, True, True, True, False, False]


@pytest.mark.parametrize(
    "value", ["1970-01-01T00:00:00Z", "0001-01-01", "9999-12-31", "1850-01-01"]
)
def test_times_that_cannot_be_right_are_odd(value):
    times = read([value])
    assert (times.known.tolist(), times.odd.tolist()) == ([False], [True])


def test_the_calendar_is_that_of_the_zone_and_bare_times_are_in_it():
    values = ["2024-07-01T23:30:00Z", "2024-07-01T23:30:00", "2024-01-01T23:30:00Z", "1719876600"]
    assert shown(read(values, "Europe/Berlin")) == [
        "2024-07-02 01:30:00", "2024-07-01 23:30:00", "2024-01-02 00:30:00", "2024-07-02 01:30:00",
    ]  # fmt: skip


def test_a_format_reads_what_is_ambiguous_without():
    assert shown(read(["03.04.2024 05:06"], time_format="%d.%m.%Y %H:%M")) == [
        "2024-04-03 05:06:00"
    ]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1709634030], pa.int64()),
        ([1709634030.0], pa.float64()),
        ([1709634030000], pa.timestamp("ms")),
        ([1709634030], pa.timestamp("s", "UTC")),
        ([1709634030 * 10**9], pa.timestamp("ns", "America/New_York")),
        (["2024-03-05 10:20:30"], pa.dictionary(pa.int32(), pa.string())),
    ],
)
def test_typed_columns_are_read(values, kind):
    assert shown(read(values, kind=kind)) == ["2024-03-05 10:20:30"]


def test_dates_are_midnights():
    assert shown(read([dt.date(2024, 3, 5)])) == ["2024-03-05 00:00:00"]


def test_a_column_that_can_hold_no_times_is_refused():
    with pytest.raises(
        DataError, match="expected times in the column of --time-column, found bool"
    ):
        read([True])


@given(st.lists(st.one_of(st.text(), st.none()), min_size=1))
def test_any_text_is_a_time_or_is_counted(values):
    values = [value and value.encode(errors="replace").decode() for value in values]
    times = read(values, "Asia/Kolkata", kind=pa.string())
    states = np.stack([times.known, times.missing, times.odd])
    assert (states.sum(axis=0) <= 1).all()


@given(st.datetimes(dt.datetime(1901, 1, 1), dt.datetime(2100, 1, 1)))
def test_every_iso_time_comes_back(moment):
    if moment.replace(microsecond=0) != dt.datetime(1970, 1, 1):
        assert shown(read([moment.isoformat()])) == [str(moment.replace(microsecond=0))]
