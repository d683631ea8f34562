"""Which charts a report has."""

from emoticare.report.charts.by_group import groups_beside_each_other, one_emotion_by_group
from emoticare.report.charts.emotions import emotions_overall, emotions_together
from emoticare.report.charts.over_time import (
    emotions_over_time,
    one_emotion_over_time,
    sentiments_over_time,
)
from emoticare.report.charts.vega import Figure
from emoticare.report.summary import Summary


def make_figures(summary: Summary) -> list[Figure]:
    """Draw what there is; without times or groups, their figures are left out."""
    if not summary.ranked(1):
        return []
    figures = [emotions_overall(summary)]
    if summary.course:
        figures += [sentiments_over_time(summary)] if summary.groupings else []
        figures += [one_emotion_over_time(summary), emotions_over_time(summary)]
    if summary.groups:
        figures += [groups_beside_each_other(summary), one_emotion_by_group(summary)]
    together = emotions_together(summary)
    return figures + ([together] if together else [])
