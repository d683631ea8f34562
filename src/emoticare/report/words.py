"""What a report says, in sentences: plain text, group names included as they are."""

from typing import Final

from emoticare.errors import number_of
from emoticare.labels import SENTIMENTS
from emoticare.report.summary import FEWEST_FOR_COURSE, Row, Summary

_MOST_TOLD: Final = 3
FEW_TEXTS: Final = 100
"""Below, a share of all texts may be off by ten points."""


def percent(share: float | None) -> str:
    """Write a share as a percentage."""
    return "–" if share is None else f"{_number(100 * share)}%"


def span(row: Row, side: str = "") -> str:
    """Write the interval of a row, or of its side before or after a change."""
    low, high = (row[f"{side}{end}"] for end in ("low", "high"))
    return f"{_number(100 * low)} to {percent(high)}"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 9.95 or value == 0 else f"{value:.1f}"  # noqa: PLR2004


def carried(name: str) -> str:
    """Say what a text carries that carries an emotion or a sentiment."""
    return f"something {name}" if name in SENTIMENTS else name


def headline(summary: Summary) -> str:
    """Say in one or two sentences what a reader in a hurry should know."""
    n_texts = number_of(summary.quality.scored, "text")
    shares = {row["name"]: percent(row["share"]) for row in summary.overall}
    frequent = summary.ranked(1)
    if not frequent:
        return f"No emotion but neutral reaches its threshold in {n_texts}."
    moods = [f"{shares[x]} sound {x}" for x in ("positive", "negative") if x in summary.groupings]
    lead = f"{frequent[0]} is the most frequent emotion ({shares[frequent[0]]})"
    told = f"Of {n_texts}, {' and '.join(moods)}; {lead}." if moods else f"Of {n_texts}: {lead}."
    return f"{told} {_course_in_short(summary)}".strip()


def _course_in_short(summary: Summary) -> str:
    moved = [row for row in summary.halves if row["sure"] and row["name"] in summary.groupings]
    if moved:
        row = max(moved, key=lambda row: abs(row["points"]))
        return f"{movement(row, row['name'].capitalize())} in the second half of the period."
    if summary.changes:
        row = summary.changes[0]
        return f"{movement(row, row['name'].capitalize())} from {row['when']} on."
    return "Over time, nothing changed beyond chance." if summary.is_long_enough else ""


def movement(row: Row, name: str) -> str:
    """Say from where to where a share went."""
    direction = "rose" if row["after"] > row["before"] else "fell"
    return f"{name} {direction} from {percent(row['before'])} to {percent(row['after'])}"


def findings(summary: Summary) -> list[str]:
    """Say in sentences what stands out."""
    by_name = {row["name"]: row for row in summary.overall}
    told = []
    frequent = summary.ranked(3)
    if frequent:
        parts = [f"{name} ({percent(by_name[name]['share'])})" for name in frequent]
        told.append(f"Most frequent, neutral aside: {', '.join(parts)} of texts.")
    told += [
        f"From {row['when']} on, {movement(row, carried(row['name']))} of texts."
        for row in summary.changes[:_MOST_TOLD]
    ]
    if summary.is_long_enough and not summary.changes:
        told.append("No emotion changed over time by more than chance would have it.")
    told += [
        f"In “{row['group']}”, {percent(row['share'])} of texts carry {carried(row['name'])}; in "
        f"all others {percent(row['others'])}."
        for row in summary.most_apart[:_MOST_TOLD]
    ]
    if summary.groups and not summary.most_apart:
        told.append("No group differs from the others by more than chance would have it.")
    return told


def how_sure(summary: Summary) -> list[str]:
    """Say how far the figures can be trusted."""
    quality = summary.quality
    told = []
    if quality.scored < FEW_TEXTS:
        told.append(
            f"Few texts: {quality.scored:,}. With fewer than {FEW_TEXTS}, a share may be off by "
            "ten points and more; read the intervals, not the shares."
        )
    named = [row for row in summary.overall if row["name"] in (*summary.groupings, "neutral")]
    widest = max((row["high"] - row["low"] for row in named), default=0.0)
    told.append(
        f"Shares of all texts are good to {_number(50 * widest)} points either way (95%), as far "
        "as chance goes."
    )
    return [*told, *_what_is_missing(summary)]


def _what_is_missing(summary: Summary) -> list[str]:
    quality = summary.quality
    told = []
    if summary.series and not summary.course:
        n_timed = int(summary.series.totals.sum())
        told.append(
            f"No course over time: {number_of(n_timed, 'text')} with a time, at least "
            f"{FEWEST_FOR_COURSE} in two or more periods are needed."
        )
    if summary.n_groups and not summary.groups:
        told.append("No comparison of groups: at least two of five texts each are needed.")
    elif summary.groups:
        smallest = min(summary.groups, key=lambda row: row["texts"])
        told.append(
            f"The smallest group shown, “{smallest['group']}”, has "
            f"{number_of(smallest['texts'], 'text')}."
        )
    left_out = quality.rows - quality.scored
    if left_out:
        told.append(
            f"{number_of(left_out, 'row')} ({percent(left_out / quality.rows)}) have no scores."
        )
    warned = quality.warnings.most_common(1)
    if warned:
        name, count = warned[0]
        told.append(
            f"{percent(count / quality.scored)} of texts carry the warning "
            f"“{name.replace('_', ' ')}”."
        )
    told.append("The model may misread a single text, sarcasm above all; shares are its strength.")
    return told
