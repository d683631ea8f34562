"""The parts of a report below its first screen: charts, tables, examples, and how it was made."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from emoticare.report.charts.drawing import still
from emoticare.report.charts.vega import Figure
from emoticare.report.summary import Row, Summary
from emoticare.report.words import percent, span

_MOST_CHANGES: Final = 12
_FIRST_EXAMPLES: Final = 6
_EMPTY: Final = '<p class="note empty">Too few texts of this choice for this chart.</p>'


def render_figure(figure: Figure) -> str:
    """Write a chart: drawn for a screen and for a phone, to be made alive by the page's script."""
    stills = "".join(
        f'<div class="still {size}" role="img" aria-label="{escape(figure.title)}. '
        f'{escape(figure.says)}">{still(spec, f"{figure.name}-{size}")}</div>'
        for size, spec in (("wide", figure.wide), ("narrow", figure.narrow))
    )
    return (
        f'<figure id="figure-{figure.name}"><h2>{escape(figure.title)}</h2>'
        f'<p class="says">{escape(figure.says)}</p>'
        f'<div class="chart">{stills}<div class="live" id="{figure.name}" role="group" '
        f'aria-label="{escape(figure.title)}"></div>{_EMPTY}</div>'
        f"<figcaption>{escape(figure.caption)}</figcaption></figure>"
    )


def render_section(ident: str, title: str, body: str) -> str:
    """Write a part of the page under a heading of its own."""
    return f'<section id="{ident}"><h2>{title}</h2>{body}</section>'


def _note(sentence: str) -> str:
    return f'<p class="note">{escape(sentence)}</p>'


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], n_words: int = 1) -> str:
    """Return a table whose first columns are words and the others numbers; cells are HTML."""

    def cells(values: Sequence[str], tag: str) -> str:
        return "".join(
            f"<{tag}{'' if i < n_words else ' class=number'}>{value}</{tag}>"
            for i, value in enumerate(values)
        )

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return f"<table><thead><tr>{cells(heads, 'th')}</tr></thead><tbody>{body}</tbody></table>"


def render_changes(summary: Summary) -> str:
    """Write the lasting changes, "" where the course is too short to look for any."""
    if not summary.is_long_enough:
        return ""
    shown = summary.changes[:_MOST_CHANGES]
    if not shown:
        return render_section("changes", "Lasting changes", _note("None beyond chance."))
    heads = ("emotion", "from", "before", "after")
    more = len(summary.changes) - len(shown)
    body = _table(heads, map(_change_cells, shown), 2)
    body += _note(
        "Shares with their 95% intervals, and how many texts (n) they are of."
        + (f" And {more} smaller changes." if more else "")
    )
    return render_section("changes", "Lasting changes", body)


def _change_cells(row: Row) -> tuple[str, ...]:
    sides = [
        f"{percent(row[side])} <small>{span(row, f'{side}_')}, "
        f"n&nbsp;{row[f'{side}_texts']:,}</small>"
        for side in ("before", "after")
    ]
    return (escape(row["name"]), escape(row["when"]), *sides)


def render_examples(summary: Summary, *, private: bool) -> str:
    """Write the clearest texts, folded, six at first, with a switch that blurs them."""
    title = "Typical examples"
    if private:
        return render_section(
            "examples", title, _note("Left out: this report was made without texts.")
        )
    order = [*summary.ranked(len(summary.labels)), "neutral"]
    found = [(label, summary.examples[label]) for label in order if summary.examples.get(label)]
    if not found:
        return ""
    first = "".join(_quote(*texts[0], label) for label, texts in found[:_FIRST_EXAMPLES])
    every = "".join(
        f"<div><h3>{escape(label)}</h3>{''.join(_quote(*text) for text in texts)}</div>"
        for label, texts in found
    )
    n_first, n_all = min(len(found), _FIRST_EXAMPLES), sum(len(texts) for _, texts in found)
    note = _note(
        "The texts that carry each emotion most clearly, as they were written: some may be rude. "
        "Long ones are cut."
    )
    body = (
        f'{note}<label class="mask"><input type="checkbox" id="mask"> Blur texts</label>'
        f"<details><summary>Show {n_first} examples</summary>"
        f'<div class="examples">{first}</div>'
        f"<details><summary>Show all {n_all}, by emotion</summary>"
        f'<div class="examples">{every}</div></details></details>'
    )
    return render_section("examples", title, body)


def _quote(score: float, text: str, label: str = "") -> str:
    return (
        f'<blockquote dir="auto"><span class="text">{escape(text)}</span> '
        f'<span class="soft" dir="ltr">{escape(label)} {percent(score)}</span>'
        "</blockquote>"
    )


def render_quality(summary: Summary) -> str:
    """Write what was wrong with the data."""
    quality = summary.quality
    strays = summary.series.n_strays if summary.series else 0
    counts = [
        ("Rows read", quality.rows),
        ("Texts scored", quality.scored),
        ("of them scored before, taken from the file", quality.scored_before),
        ("Texts in which no emotion reaches its threshold", quality.without_emotion),
        *((f"Rows without scores: {fault}", n) for fault, n in sorted(quality.faults.items())),
        *(
            (f"Texts with the warning “{warning.replace('_', ' ')}”", n)
            for warning, n in sorted(quality.warnings.items())
        ),
        ("Times missing", quality.times_missing),
        ("Times that could not be read", quality.times_unreadable),
        ("Times that cannot be right (1970-01-01 00:00, or outside 1900 to 2100)",
         quality.times_odd),
        ("Times far from all others, left out of the course", strays),
        ("Texts without a group", quality.groups_missing),
        ("Texts of groups beyond the first thousand", quality.rows_of_more_groups),
    ]  # fmt: skip
    rows = [
        (escape(name), f"{n:,}", percent(n / quality.rows if quality.rows else None))
        for name, n in counts
        if n or name in {"Rows read", "Texts scored"}
    ]
    return render_section("quality", "Data quality", _table(("what", "rows", "share"), rows))


METHODS: Final = """<section id="methods"><h2>How to read this</h2>
<p class="note">A text carries an emotion where its calibrated probability reaches the threshold of
that emotion, so several or none may apply. Intervals are Wilson's, 95%, and take texts as
independent; texts by few authors vary more. Over time, a Gaussian kernel weighs near texts more.
A lasting change is a cut that the binomial likelihood pays for, at a price at which pure chance
shows one in fewer than one report of twenty; it says that the texts changed, not why. Halves of the
period are told apart at 99%. Differences between groups are told where chance would show them in
fewer than 1 report of 300, and never where it expects fewer than five texts.</p>
<p class="note">The model reads English, learned from Reddit comments and everyday texts, and
misses much sarcasm. The emotions of texts are not the state of people: decide about nobody by these
figures alone.</p>
</section>"""
