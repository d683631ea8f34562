"""A report as one web page that needs no other file, on screen and in print."""

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape, unescape
from importlib.resources import files
from string import Template
from typing import Any, Final

import vl_convert

from emoticare.errors import number_of
from emoticare.report.charts.theme import tokens
from emoticare.report.charts.vega import Figure
from emoticare.report.choice import choice_data, render_choice
from emoticare.report.first_screen import render_findings, render_headline, render_tiles
from emoticare.report.sections import (
    METHODS,
    render_changes,
    render_examples,
    render_figure,
    render_quality,
)
from emoticare.report.summary import Summary

SCRIPTS: Final = tuple(
    f"script/{name}.js" for name in ("statistics", "choice", "charts", "screen", "page")
)
"""One script, in this order."""
_LAST_OVER_TIME: Final = "emotions_over_time"
_HEADING: Final = re.compile(r'<(?:section|figure) id="([\w-]+)"><h2>(.*?)</h2>')
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
<header><h1>$title</h1><p class="soft">$about</p>$headline</header>
<nav aria-label="Contents">
<details open><summary>Contents</summary><ul>$contents</ul></details>
</nav>
<main>
$choice
$tiles
$body
</main>
<footer>$footer</footer>
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
    nothing be loaded. Every chart is in it as a picture, so that it also shows without a script.
    Of the texts it holds counts and some examples: its size does not grow with their number.

    Args:
        summary: The figures for tables and words.
        figures: The charts, in order.
        info: What stands around them.
    """
    style = tokens() + _own("page.css")
    script = _script()
    body = _body(summary, figures, info)
    return _PAGE.substitute(
        policy=_policy(style, script),
        title=escape(info.title),
        about=escape(_about(summary, info)),
        style=style,
        headline=render_headline(summary),
        contents=_contents(body),
        choice=render_choice(summary),
        tiles=render_tiles(summary),
        body=body,
        footer=_footer(info),
        figures=_json_in_html(
            {
                "figures": [_live(figure, with_rows=not summary.cells) for figure in figures],
                **choice_data(summary),
            }
        ),
        script=script,
    )


def _body(summary: Summary, figures: Sequence[Figure], info: PageInfo) -> str:
    parts = [render_findings(summary)]
    for figure in figures:
        parts.append(render_figure(figure))
        if figure.name == _LAST_OVER_TIME:
            parts.append(render_changes(summary))
    parts += [render_examples(summary, private=info.private), render_quality(summary), METHODS]
    return "\n".join(filter(None, parts))


def _about(summary: Summary, info: PageInfo) -> str:
    parts = [info.source]
    if summary.series:
        days = (summary.series.first.astype("M8[D]"), summary.series.last.astype("M8[D]"))
        parts.append(" to ".join(dict.fromkeys(map(str, days))))
    if summary.n_groups:
        parts.append(number_of(summary.n_groups, "group"))
    return " · ".join([*parts, f"made {info.made}"])


def _contents(body: str) -> str:
    """List the sections of a page."""
    return "".join(
        f'<li><a href="#{ident}">{escape(unescape(title))}</a></li>'
        for ident, title in _HEADING.findall(body)
    )


def _live(figure: Figure, *, with_rows: bool) -> dict[str, Any]:
    """Return what the page's script draws; its rows only where it does not make them itself."""
    sizes = {
        size: {**spec, "datasets": {k: v for k, v in spec["datasets"].items() if k != "table"}}
        for size, spec in (("wide", figure.wide), ("narrow", figure.narrow))
    }
    rows = {"table": figure.wide["datasets"]["table"]} if with_rows else {}
    return {"name": figure.name, "names": figure.names, **sizes, **rows}


def _own(name: str) -> str:
    return files("emoticare.report").joinpath(name).read_text(encoding="utf-8")


def _script() -> str:
    bundle = vl_convert.javascript_bundle("\n".join(map(_own, SCRIPTS)))
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


def _footer(info: PageInfo) -> str:
    private = " · without texts" if info.private else ""
    return escape(f"EmotiCare · {info.model} · calendar of {info.timezone}{private}")
