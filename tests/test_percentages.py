"""Percentages are written as English writes them: "98%"."""

import re
from pathlib import Path

import pytest

import emoticare

SOURCES = Path(emoticare.__file__).parent
SPACED = re.compile(r"""[\d}'"]\ %|(&nbsp;|\xa0|\\xa0|\\u00a0)%""", re.VERBOSE)


@pytest.mark.parametrize("part", ["server/page", "report", "cli", "export", "evaluation/page.py"])
def test_what_users_see_has_no_space_before_a_percent_sign(part):
    root = SOURCES / part
    files = [root] if root.is_file() else list(root.rglob("*.*"))
    sources = {
        path.name: path.read_text("utf-8")
        for path in files
        if path.suffix in {".css", ".html", ".js", ".md", ".py"}
    }
    assert sources
    assert [name for name, source in sources.items() if SPACED.search(source)] == []


@pytest.mark.parametrize("spaced", ["95 % of", "${share} %`", "+ ' %'", "5&nbsp;%", r"\u00a0%"])
def test_a_space_would_be_found(spaced):
    assert SPACED.search(spaced)
    assert not SPACED.search("95% of ${share}% i % 2 '%d %m'")
