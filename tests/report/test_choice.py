"""A choice of a group and a period: the page's script says of it what Python says of its rows."""

import csv
import json
from dataclasses import replace
from importlib.resources import files
from types import SimpleNamespace

import numpy as np
import pytest

from emoticare.labels import LABELS, SENTIMENTS
from emoticare.report.cells import NO_TIME, NONE, CellCounts
from emoticare.report.choice import choice_data, render_choice
from emoticare.report.examples import ExamplePool
from emoticare.report.page import SCRIPTS
from emoticare.report.summary import summarize
from emoticare.report.tally import Quality, _group_name

DAY_S = 86_400
START_S = int(np.datetime64("2024-01-01", "s").astype(int))
CHOICES = [(None, 0, None), (None, 10, 40), (0, 0, None), (1, 5, 30), (2, 20, 21), (2, 20, 60)]


@pytest.fixture(scope="module")
def rows(scored_table):
    """What each row of the table carries, when it was written, and by which team."""
    with scored_table.open(encoding="utf-8", newline="") as source:
        read = list(csv.DictReader(source))
    on = np.array(
        [[float(row[f"emotion_score_{label}"]) >= 0.5 for label in LABELS] for row in read]
    )
    moods = [
        on[:, [LABELS.index(x) for x in members]].any(axis=1) for members in SENTIMENTS.values()
    ]
    return SimpleNamespace(
        carried=np.column_stack([on, *moods]),
        whens=np.array([row["when"].rstrip("Z") for row in read], "M8[s]"),
        teams=np.array([_group_name(row["team"]) for row in read]),
    )


@pytest.fixture(scope="module")
def script(browser):
    page = browser.new_page()
    for name in SCRIPTS[:-1]:
        page.add_script_tag(content=files("emoticare.report").joinpath(name).read_text())
    yield page
    page.close()


def by_the_script(script, report, group, first, last):
    choice = {"group": group, "from": first, "until": last}
    return script.evaluate(
        "([data, choice]) => summarize(data, choice)",
        [json.loads(json.dumps(choice_data(report.summary))), choice],
    )


def by_python(report, rows, team, first, last):
    """Return the summary of the rows of a choice, in the bins of the report."""
    series = report.summary.series
    bins = series.unit.of(rows.whens) - series.unit.of(series.starts[:1])
    in_period = (bins >= first) & (bins <= last)
    chosen = in_period & ((rows.teams == team) if team else True)
    edges = range(first, last + 1)
    sliced = replace(
        series,
        starts=series.starts[first : last + 1],
        totals=np.array([float((chosen & (bins == i)).sum()) for i in edges]),
        hits=np.array([rows.carried[chosen & (bins == i)].sum(axis=0) for i in edges], float),
    )
    on = rows.carried[chosen][:, : len(LABELS)].astype(int)
    columns = (*LABELS, *SENTIMENTS)
    counts = {
        name: np.append(part.sum(), rows.carried[part].sum(axis=0))
        for name in dict.fromkeys(rows.teams.tolist())
        for part in [in_period & (rows.teams == name)]
    }
    tally = SimpleNamespace(
        columns=columns,
        total=rows.carried[chosen].sum(axis=0),
        together=on.T @ on,
        times=SimpleNamespace(series=lambda: sliced),
        groups=counts,
        codes={name: i for i, name in enumerate(counts)},
        cells=CellCounts(len(LABELS), len(columns)),
        examples=ExamplePool(len(LABELS)),
        quality=Quality(scored=int(chosen.sum())),
    )
    return summarize(tally, LABELS, tuple(SENTIMENTS))


def assert_same(found, expected, names):
    """Compare rows by some of their columns, numbers up to their last digit."""
    assert len(found) == len(expected)
    for name in names:
        left, right = ([row[name] for row in table] for table in (found, expected))
        if all(value is None or isinstance(value, (int, float)) for value in right):
            left, right = (np.array(values, float) for values in (left, right))
            np.testing.assert_allclose(left, right, atol=1.1e-5, equal_nan=True)
        else:
            assert left == right


@pytest.mark.parametrize(("group", "first", "last"), CHOICES)
def test_the_script_says_what_python_says(report, rows, script, group, first, last):
    cells = report.summary.cells
    last = len(report.summary.series.totals) - 1 if last is None else last
    found = by_the_script(script, report, group, first, last)
    expected = by_python(
        report, rows, cells.groups[group] if group is not None else "", first, last
    )
    assert found["texts"] == expected.quality.scored
    assert_same(found["overall"], expected.overall, ["name", "texts", "share", "low", "high"])
    shown = {row["name"] for row in expected.course}
    course = [row for row in found["course"] if row["name"] in shown]
    assert_same(
        course, expected.course,
        ["t", "middle", "end", "when", "name", "texts", "carrying", "share", "smoothed", "low",
         "high", "change"],
    )  # fmt: skip
    assert_same(found["halves"], expected.halves, ["name", "points", "sure"])
    assert_same(
        found["changes"], expected.changes,
        ["t", "when", "name", "before", "before_low", "before_high", "before_texts", "after"],
    )  # fmt: skip
    pairs = {(row["first"], row["second"]): row for row in expected.together}
    for row in found["together"]:
        other = pairs[row["first"], row["second"]]
        assert (row["both"], row["sure"]) == (other["both"], other["sure"])


@pytest.mark.parametrize(("first", "last"), [(0, 60), (5, 30)])
def test_groups_are_compared_within_the_period_also_one_alone(report, rows, script, first, last):
    last = min(last, len(report.summary.series.totals) - 1)
    names = ["group", "name", "texts", "carrying", "share", "low", "high", "others", "apart"]
    expected = by_python(report, rows, "", first, last).groups
    groups = report.summary.cells.groups
    expected.sort(key=lambda row: groups.index(row["group"]))
    assert_same(by_the_script(script, report, None, first, last)["groups"], expected, names)
    alone = [row for row in expected if row["group"] == groups[1]]
    assert_same(by_the_script(script, report, 1, first, last)["groups"], alone, names)


@pytest.mark.parametrize(
    ("share", "written"),
    [(0.125, "12%"), (0.135, "14%"), (0.0025, "0.2%"), (0.0075, "0.8%"), (0.0995, "10%"),
     (0, "0%"), (0.0311, "3.1%"), (None, "–")],
)  # fmt: skip
def test_shares_are_written_as_python_writes_them(script, share, written):
    from emoticare.report.words import percent

    assert script.evaluate("percent", share) == percent(share) == written


def cells_of(groups, seconds, n_labels=3):
    counts = CellCounts(n_labels, n_labels)
    carried = np.random.default_rng(0).random((len(groups), n_labels)) < 0.4
    for part in np.array_split(np.arange(len(groups)), 5):
        counts.add(groups[part], seconds[part], carried[part])
    return counts, carried


def test_cells_hold_every_text_and_every_pair():
    groups = np.arange(1000) % 3 - 1
    counts, carried = cells_of(groups, np.full(1000, NO_TIME))
    found = counts.cells({"a": 0, "b": 1}, [333, 333], None)
    assert found.counts[:, 0].tolist() == [334, 333, 333]
    assert found.group.tolist() == [NONE, 0, 1]
    assert found.counts[:, 1].sum() == (~carried.any(axis=1)).sum()
    assert (found.counts[:, 2:5].sum(axis=0) == carried.sum(axis=0)).all()
    for number, (first, second) in enumerate(found.pairs):
        both = (carried[:, first] & carried[:, second]).sum()
        assert found.counts[:, 5 + number].sum() == both


def test_cells_stay_few_however_many_moments_and_groups_there_are():
    chance = np.random.default_rng(0)
    groups = chance.integers(0, 1000, 200_000)
    groups[:100_000] = chance.integers(0, 15, 100_000)
    seconds = START_S + chance.integers(0, 2000 * DAY_S, 200_000)
    counts, _ = cells_of(groups, seconds)
    assert len(counts._rows) <= 41_000
    texts = [int((groups == code).sum()) for code in range(15)]
    found = counts.cells({f"g{code}": code for code in range(15)}, texts, None)
    assert found.counts[:, 0].sum() == 200_000


def test_the_clearest_texts_of_each_group_are_kept():
    chance = np.random.default_rng(0)
    scores = chance.random((3000, 1)).astype(np.float32)
    groups = np.where(np.arange(3000) < 2900, 0, 1 + np.arange(3000) % 2)
    scores[groups > 0] /= 100
    pool = ExamplePool(1)
    for part in np.array_split(np.arange(3000), 7):
        numbers = part.tolist()
        pool.add(scores[part], groups[part], part, lambda i, n=numbers: f"text {n[i] // 2}")
    clearest = [example.text for example in pool.clearest(0)]
    best_first = dict.fromkeys(f"text {i // 2}" for i in np.argsort(-scores[:, 0]).tolist())
    assert clearest == list(best_first)[:30]
    kept = pool.kept(0, [1, 2])
    for group in (1, 2):
        of_group = np.flatnonzero(groups == group)
        best = of_group[np.argsort(-scores[of_group, 0])][:3]
        assert [x.seconds for x in kept if x.group == group] == best.tolist()


def test_cells_that_are_not_exact_are_none():
    counts, _ = cells_of(np.zeros(100, int), np.full(100, NO_TIME))
    assert counts.cells({"a": 0}, [100], None) is not None
    assert counts.cells({"a": 0}, [101], None) is None


def test_nothing_to_choose_is_no_form(report):
    without = replace(report.summary, cells=None)
    assert render_choice(without) == ""
    assert choice_data(without) == {}


def test_what_a_page_holds_is_bounded(report):
    # As many groups, bins and pairs as there may be, each cell with some thousand texts.
    group, bins = np.meshgrid(np.arange(-1, 15), np.arange(-1, 150))
    width = 2 + len(LABELS) + len(SENTIMENTS) + 60
    counts = np.random.default_rng(0).integers(0, 10_000, (group.size, width))
    full = replace(report.summary.cells, group=group.ravel(), bin=bins.ravel(), counts=counts)
    data = choice_data(replace(report.summary, cells=full))
    assert len(json.dumps(data["cells"], separators=(",", ":"))) < 1_300_000
