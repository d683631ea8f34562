"""A reader's choice of a group and a period: its form, and the counts its figures are made of."""

from typing import Any, Final

import numpy as np

from emoticare.report.calendar_bins import TimeSeries
from emoticare.report.cells import Cells
from emoticare.report.summary import Summary, moment_in_words

_DIGITS: Final = 3
_LABELLED_BY_THEIR_LAST: Final = ("D", "M", "Y")
"""Units of which a period's last one is named; an hour's end is a time of day."""


def render_choice(summary: Summary) -> str:
    """Write the form, "" where there is nothing to choose; the page's script fills its lists."""
    cells = summary.cells
    if cells is None:
        return ""
    lists = []
    if cells.groups:
        every = '<option value="">all groups</option>'
        lists.append(f'<label>Group <select name="group">{every}</select></label>')
    if summary.course:
        lists += [
            f'<label>{name} <select name="{name.lower()}"></select></label>'
            for name in ("From", "Until")
        ]
    return (
        f'<form id="choice" aria-label="Choose texts" autocomplete="off" hidden>{"".join(lists)}'
        '<button type="button">Show all</button><output></output></form>'
    )


def choice_data(summary: Summary) -> dict[str, Any]:
    """Return what the page's script makes figures of; empty where there is nothing to choose."""
    cells = summary.cells
    if cells is None:
        return {}
    return {
        "columns": [
            {
                "name": row["name"],
                "sentiment": row["sentiment"],
                "isLabel": row["name"] in summary.labels,
            }
            for row in summary.overall
        ],
        "cells": {
            "groups": cells.groups,
            "pairs": cells.pairs,
            **_period(summary.series if summary.course else None),
            "table": _table(cells),
        },
        "examples": {
            label: [
                (round(example.score, _DIGITS), example.text, example.group, example.bin)
                for example in kept
            ]
            for label, kept in summary.kept_examples.items()
            if kept
        },
    }


def _table(cells: Cells) -> list[list[int]]:
    return np.column_stack([cells.group, cells.bin, cells.counts]).tolist()  # type: ignore[no-any-return]


def _period(series: TimeSeries | None) -> dict[str, list[Any]]:
    """Return the bins of a course: the names of their beginnings and ends, and when they begin."""
    if series is None:
        return {"whens": [], "untils": [], "times": []}
    code = series.unit.code
    edges = np.append(series.starts, series.end)
    ends = edges[1:]
    if code in _LABELLED_BY_THEIR_LAST:
        ends = ends - np.timedelta64(1, "s")
    return {
        "whens": [moment_in_words(start, code) for start in series.starts],
        "untils": [moment_in_words(end, code) for end in ends],
        "times": edges.astype("M8[ms]").astype(np.int64).tolist(),
    }
