"""A report as one web page that needs no other file, on screen and in print."""

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template
from typing import Any, Final

import vl_convert

from emoticare.report.charts.vega import Figure
from emoticare.report.summary import Row, Summary, findings, percent

_MOST_CHANGES: Final = 12
_PAGE: Final = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="$policy">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>$title</title>
<style>$style</style>
</head>
<body>
<main>
<header><h1>$title</h1><p class="soft">$about</p></header>
<dl class="tiles">$tiles</dl>
$sections
<footer>$footer</footer>
</main>
<script type="application/json" id="figures">$figures</script>
<script type="module">$script</script>
</body>
</html>
""")


@dataclass(frozen=True)
class PageInfo:
    """What stands around the figures.

    Attributes:
        title: Heads the page.
        source: The files, as the user named them.
        timezone: Whose calendar counts.
        made: When, in words.
        model: What scored: its name or digest, and the version of the package.
        private: Whether texts were kept out.
    """

    title: str
    source: str
    timezone: str
    made: str
    model: str
    private: bool


def render_page(summary: Summary, figures: Sequence[Figure], info: PageInfo) -> str:
    """Write the page.

    Whatever comes from the data is escaped; a policy in the page lets no other script run and
    nothing be loaded.

    Args:
        summary: The figures for tables and words.
        figures: The charts, in order.
        info: What stands around them.
    """
    style = _own("page.css")
    script = _script()
    sections = [
        _findings(summary),
        *(_figure(figure) for figure in figures),
        _changes(summary),
        _examples(summary, private=info.private),
        _quality(summary),
        _METHODS,
    ]
    return _PAGE.substitute(
        policy=_policy(style, script),
        title=escape(info.title),
        about=escape(f"{info.source} · made {info.made}"),
        style=style,
        tiles=_tiles(summary),
        sections="\n".join(filter(None, sections)),
        footer=_footer(info),
        figures=_json_in_html({"figures": [{"name": f.name, "spec": f.spec} for f in figures]}),
        script=script,
    )


def _own(name: str) -> str:
    return files("emoticare.report").joinpath(name).read_text(encoding="utf-8")


def _script() -> str:
    bundle = vl_convert.javascript_bundle(_own("page.js"))
    # The bundle is a script inside HTML; "</" ends it only within its strings.
    return bundle.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _policy(style: str, script: str) -> str:
    def sha256(content: str) -> str:
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        return f"'sha256-{digest}'"

    return (
        f"default-src 'none'; script-src {sha256(script)}; style-src {sha256(style)}; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _json_in_html(content: dict[str, Any]) -> str:
    return json.dumps(content, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _tiles(summary: Summary) -> str:
    quality = summary.quality
    tiles = [("Texts", f"{quality.scored:,}", False)]
    if summary.series:
        days = (summary.series.first.astype("M8[D]"), summary.series.last.astype("M8[D]"))
        period = " to ".join(dict.fromkeys(map(str, days)))
        tiles.append(("Period", period, True))
    if summary.n_groups:
        tiles.append(("Groups", f"{summary.n_groups:,}", False))
    tiles += [
        (row["name"].capitalize(), percent(row["share"]), False)
        for row in summary.overall
        if row["name"] in summary.groupings and row["name"] != "ambiguous"
    ]
    return "".join(
        f"<div{' class=wide' if wide else ''}><dt>{escape(name)}</dt>"
        f"<dd{' class=words' if wide else ''}>{escape(value)}</dd></div>"
        for name, value, wide in tiles
    )


def _findings(summary: Summary) -> str:
    sentences = (escape(sentence).replace(" %", "&nbsp;%") for sentence in findings(summary))
    told = "".join(f"<li>{sentence}</li>" for sentence in sentences)
    if not told:
        return ""
    return f'<section><h2>What stands out</h2><ul class="findings">{told}</ul></section>'


def _figure(figure: Figure) -> str:
    return (
        f'<figure><h2>{escape(figure.title)}</h2><div class="chart" id="{figure.name}" role="group"'
        f' aria-label="{escape(figure.title)}"></div>'
        f"<figcaption>{escape(figure.caption)}</figcaption></figure>"
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], n_words: int = 1) -> str:
    """Return a table whose first columns are words and the others numbers."""

    def cells(values: Sequence[str], tag: str) -> str:
        return "".join(
            f"<{tag}{'' if i < n_words else ' class=number'}>{escape(value)}</{tag}>"
            for i, value in enumerate(values)
        )

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return (
        f'<div class="scroll"><table><thead><tr>{cells(heads, "th")}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _changes(summary: Summary) -> str:
    if not summary.is_long_enough:
        return ""
    shown = summary.changes[:_MOST_CHANGES]
    if not shown:
        body = '<p class="note">None beyond what chance would have it.</p>'
    else:
        heads = ("emotion", "from", "share before", "share after", "texts before", "after")
        body = _table(heads, (_change_cells(row) for row in shown), 2)
    more = len(summary.changes) - len(shown)
    note = f'<p class="note">And {more} smaller ones.</p>' if more else ""
    return f"<section><h2>Lasting changes</h2>{body}{note}</section>"


def _change_cells(row: Row) -> tuple[str, ...]:
    sides = [
        f"{percent(row[side])} ({percent(row[f'{side}_low'])} to {percent(row[f'{side}_high'])})"
        for side in ("before", "after")
    ]
    counts = [f"{row[f'{side}_texts']:,}" for side in ("before", "after")]
    return (row["name"], row["when"], *sides, *counts)


def _examples(summary: Summary, *, private: bool) -> str:
    if private:
        return (
            '<section><h2>Typical examples</h2><p class="note">Left out: this report was made '
            "without texts.</p></section>"
        )
    order = [*summary.ranked(len(summary.labels)), "neutral"]
    parts = []
    for label in order:
        quotes = "".join(
            f'<blockquote dir="auto">{escape(text)} <span class="soft">{score:.2f}</span>'
            "</blockquote>"
            for score, text in summary.examples.get(label, ())
        )
        if quotes:
            parts.append(f"<div><h3>{escape(label)}</h3>{quotes}</div>")
    if not parts:
        return ""
    return (
        '<section><h2>Typical examples</h2><p class="note">The texts that carry each emotion most '
        'clearly, with its probability. Long ones are cut.</p><div class="examples">'
        f"{''.join(parts)}</div></section>"
    )


def _quality(summary: Summary) -> str:
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
        (name, f"{n:,}", percent(n / quality.rows) if quality.rows else "–")
        for name, n in counts
        if n or name in {"Rows read", "Texts scored"}
    ]
    return f"<section><h2>Data quality</h2>{_table(('what', 'rows', 'share'), rows)}</section>"


_METHODS: Final = """<section><h2>How to read this</h2>
<p class="note">A text carries an emotion where its calibrated probability reaches the threshold of
that emotion, so several or none may apply. Intervals are Wilson's, 95 %, and take texts as
independent; texts by few authors vary more. Over time, a Gaussian kernel weighs near texts more.
A lasting change is a cut that the binomial likelihood pays for, at a price at which pure chance
shows one in fewer than one report of twenty; it says that the texts changed, not why. Differences
between groups are told where chance would show them in fewer than 1 report of 300.</p>
<p class="note">The model reads English, learned from Reddit comments, and misses sarcasm. The
emotions of texts are not the state of people: decide about nobody by these figures alone.</p>
</section>"""


def _footer(info: PageInfo) -> str:
    private = " · without texts" if info.private else ""
    return escape(f"EmotiCare · {info.model} · calendar of {info.timezone}{private}")
