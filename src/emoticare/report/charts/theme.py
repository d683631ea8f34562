"""The colours of a report, light and dark; a colour means the same in every chart.

Green, red and amber are sentiments, everywhere. Orange and blue are more and less than others.
"""

import re
from typing import Final

from emoticare.labels import SENTIMENTS

_COLOURS: Final = {
    "paper": ("#f6f4f0", "#131118"),
    "card": ("#ffffff", "#1d1a24"),
    "ink": ("#1f1c24", "#f1eef5"),
    "soft": ("#5d5866", "#b3adbf"),
    "line": ("#ddd8e0", "#37323f"),
    "track": ("#f3f0f5", "#2a2531"),
    "count": ("#bdb6c6", "#5b5468"),
    "accent": ("#5b3fd6", "#b4a2ff"),
    "positive": ("#0b7a5c", "#58cfa6"),
    "negative": ("#c0313b", "#ff8d8a"),
    "ambiguous": ("#96610a", "#efbd57"),
    "neutral": ("#6a6573", "#a9a3b5"),
    "far-less": ("#93bde8", "#2f6ba3"),
    "less": ("#d3e5f8", "#24405c"),
    "more": ("#fbdcae", "#5a4216"),
    "far-more": ("#f3b562", "#8a5f12"),
}
_USE: Final = re.compile(r"var\(--([a-z-]+)\)")


def colour(name: str) -> str:
    """Return a colour as style sheets name it; what draws replaces it or leaves it to the page."""
    return f"var(--{name})"


def sentiment_colours() -> dict[str, str]:
    """Return the colour of each sentiment."""
    return {name: colour(name) for name in (*SENTIMENTS, "neutral")}


def in_light(text: str) -> str:
    """Replace names of colours by those of the light theme, for what has no style sheet."""
    return _USE.sub(lambda use: _COLOURS[use[1]][0], text)


def tokens() -> str:
    """Return the style sheet that gives the colours their values; print is always light."""
    light, dark = (
        "".join(f"--{name}: {pair[i]};" for name, pair in _COLOURS.items()) for i in (0, 1)
    )
    return (
        f":root {{ color-scheme: light; {light} }}\n"
        f"@media screen and (prefers-color-scheme: dark) "
        f"{{ :root {{ color-scheme: dark; {dark} }} }}\n"
    )
