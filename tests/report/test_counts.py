"""Counts by time, intervals and lasting changes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoticare.report.calendar_bins import UNITS, TimeCounts
from emoticare.report.change_points import find_change_points
from emoticare.report.intervals import smoothed_shares, wilson_interval

DAY_S = 86_400
START_S = int(np.datetime64("2024-01-01", "s").astype(int))


def series_of(seconds):
    counts = TimeCounts(1)
    seconds = np.asarray(seconds, np.int64)
    for part in np.array_split(seconds, 7):
        counts.add(part, (part % 2 == 0)[:, None])
    return counts.series()


@pytest.mark.parametrize(
    ("n_texts", "span_s", "unit"),
    [
        (10, 10 * DAY_S, "day"),
        (10, 20, "minute"),
        (5000, 3600, "minute"),
        (5000, 5 * DAY_S, "hour"),
        (5000, 100 * DAY_S, "day"),
        (5000, 366 * DAY_S, "week"),
        (5000, 8 * 366 * DAY_S, "month"),
        (5000, 60 * 366 * DAY_S, "year"),
    ],
)
def test_bins_fit_the_period_and_the_number_of_texts(n_texts, span_s, unit):
    series = series_of(START_S + np.linspace(0, span_s - 1, n_texts))
    assert series.unit.name == unit
    assert series.totals.sum() == n_texts
    assert len(series.totals) <= 150


@given(
    st.lists(st.integers(-(10**9), 4 * 10**9), min_size=1, max_size=300),
)
def test_no_text_is_lost_or_moved_whatever_the_times(seconds):
    series = series_of(seconds)
    even = sum(second % 2 == 0 for second in seconds)
    assert series.totals.sum() + series.n_strays == len(seconds)
    assert series.hits.sum() <= even
    assert (series.hits[:, 0] <= series.totals).all()
    assert (np.diff(series.starts.astype(int)) > 0).all()


def test_counts_stay_small_when_times_are_many_and_none_is_lost():
    counts = TimeCounts(1)
    for year in range(40):
        minutes = START_S + year * 366 * DAY_S + 60 * np.arange(5000)
        counts.add(minutes, np.ones((5000, 1), bool))
    assert len(counts._rows) <= 10_000
    assert counts.series().hits.sum() == 200_000


def test_a_clock_that_was_wrong_does_not_squeeze_the_axis():
    seconds = np.append(START_S + np.linspace(0, 30 * DAY_S, 5000), [10**9, 4 * 10**9])
    series = series_of(seconds)
    assert (series.n_strays, series.unit.name) == (2, "six hours")


def test_weeks_begin_on_monday():
    week = next(unit for unit in UNITS if unit.name == "week")
    bins = week.of(np.array(["2024-03-03T23:00", "2024-03-04T00:00"], "M8[s]"))
    assert np.diff(bins) == 1
    assert str(week.start(bins[1:])[0]) == "2024-03-04T00:00:00"


def test_wilson_agrees_with_a_worked_example():
    # Wilson's interval of 15 in 100, from Agresti & Coull (1998) by hand.
    low, high = wilson_interval(15, 100)
    assert (round(float(low), 4), round(float(high), 4)) == (0.0931, 0.2328)
    assert np.isnan(wilson_interval(0, 0)).all()
    assert wilson_interval(0, 10)[0] == 0
    assert wilson_interval(10, 10)[1] == 1


def test_smoothing_bridges_small_gaps_and_leaves_large_ones():
    totals = np.array([100.0] * 10 + [0] + [100] * 10 + [0] * 30 + [100])
    hits = (totals * 0.3)[:, None]
    shares, low, high = smoothed_shares(hits, totals)
    assert np.isclose(shares[10], 0.3)
    assert np.isnan(shares[35])
    known = ~np.isnan(shares)
    assert (low[known] <= shares[known]).all()
    assert (shares[known] <= high[known]).all()


def test_more_texts_make_narrower_intervals():
    few, many = (smoothed_shares(np.full((9, 1), n * 0.2), np.full(9, n)) for n in (20.0, 2000.0))
    assert (many[2] - many[1] < (few[2] - few[1]) / 5).all()


def counts_of(shares, n_texts, seed=0):
    chance = np.random.default_rng(seed)
    totals = np.full(len(shares), n_texts, float)
    return chance.binomial(n_texts, shares).astype(float), totals


def test_a_lasting_change_is_found_where_it_is():
    hits, totals = counts_of([0.05] * 30 + [0.10] * 30, 300)
    (change,) = find_change_points(hits, totals, 28)
    assert abs(change.bin - 30) <= 2
    assert (change.start, change.stop) == (0, 60)
    assert change.evidence > 1


def test_two_changes_are_two():
    hits, totals = counts_of([0.05] * 30 + [0.15] * 30 + [0.05] * 30, 300)
    assert len(find_change_points(hits, totals, 28)) == 2


def test_bins_without_texts_do_no_harm():
    hits, totals = counts_of([0.05] * 30 + [0.12] * 30, 300)
    hits[10:15] = totals[10:15] = 0
    assert len(find_change_points(hits, totals, 28)) == 1


def test_chance_alone_shows_few_changes():
    reports = 0
    for seed in range(60):
        found = [
            find_change_points(*counts_of([share] * 60, 200, seed * 31 + i), 31)
            for i, share in enumerate(np.linspace(0.002, 0.4, 31))
        ]
        reports += any(found)
    # At one in twenty, 60 reports have more than 8 once in 300 times.
    assert reports <= 8


def test_restless_counts_are_no_change():
    chance = np.random.default_rng(1)
    shares = np.clip(0.2 * np.exp(chance.normal(0, 0.3, 100)), 0, 1)
    assert not find_change_points(*counts_of(shares, 1000), 28)


def test_too_short_a_course_has_no_changes():
    assert find_change_points(np.array([0.0, 100, 100]), np.full(3, 100.0), 28) == []
