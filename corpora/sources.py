"""The open sources of the real texts: where each text stands, and which can be drawn."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from emoticare.data.everyday import normalize

_MIN_WORDS: Final = 2
_MAX_WORDS: Final = 100


@dataclass(frozen=True)
class SourceText:
    """A text of a source.

    Attributes:
        source: The source's folder.
        row: The line number of the text's row in the source's file, from 1.
        text: The text, normalized.
        note: What the source says of it.
        before: What was said before, in a dialogue; turns are joined by " // ".
    """

    source: str
    row: int
    text: str
    note: str
    before: str = ""


# Comments of its train split are read again, as everyday texts.
GOEMOTIONS: Final = "goemotions"
VERSIONS: Final = {
    "banking77": "PolyAI-LDN/task-specific-datasets@57ec275",
    "casino": "kushalchawla/CaSiNo@2f6ed4a",
    "common-voice-en": "mozilla/voice-web@e0bfbc4",
    "edos": "anuradha1992/EDOS, three raters",
    "empathic-reactions": "wwbp/empathic_reactions@3ddbf6b",
    GOEMOTIONS: "GoEmotions, simplified, train",
    "impli-idioms": "UKPLab/acl2022-impli@d43c272",
    "isarcasm": "iSarcasmEval train.En.csv",
    "multidogo": "awslabs/multi-domain-goal-oriented-dialogues-dataset@baa3063",
    "nltk-reviews": "nltk/nltk_data@5db857e",
    "sad-stress": "PervasiveWellbeingTech/Stress-Annotated-Dataset-SAD@1d6aa67",
    "tatoeba-en": "manythings.org/anki 2018-05-13",
    "vader-icwsm14": "cjhutto/vaderSentiment@44fc044",
}


def read_sources(folder: Path) -> dict[str, list[SourceText]]:
    """Read every text of two to a hundred words that can be drawn, by source.

    Of VADER's sentences only tweets and editorials are taken, since its reviews stand in
    `nltk-reviews`, too; of iSarcasmEval only tweets that their authors call sarcastic. GoEmotions,
    which `sample_goemotions.py` draws from, is not among them.
    """
    rows: dict[str, list[SourceText]] = {}
    for source in VERSIONS:
        if source == GOEMOTIONS:
            continue
        seen: set[str] = set()
        rows[source] = []
        for text in _read(folder, source):
            if _MIN_WORDS <= len(text.text.split()) <= _MAX_WORDS and text.text not in seen:
                seen.add(text.text)
                rows[source].append(text)
    return rows


def _read(folder: Path, source: str) -> Iterator[SourceText]:
    if source == "edos":
        yield from read_dialogues(folder)
    elif source == "isarcasm":
        yield from _read_isarcasm(folder / source / "train.En.csv")
    else:
        with (folder / source / "texts.tsv").open(encoding="utf-8", newline="\n") as lines:
            for row, line in enumerate(lines, start=1):
                text, _, note = line.rstrip("\n").partition("\t")
                if source != "vader-icwsm14" or note.startswith(("tweets", "nytEditorial")):
                    yield SourceText(source, row, normalize(text), note)


def read_dialogues(folder: Path) -> Iterator[SourceText]:
    """Yield EDOS' replies, with the raters' labels as notes."""
    path = folder / "edos" / "dialogues.tsv"
    with path.open(encoding="utf-8", newline="\n") as lines:
        next(lines)
        for row, line in enumerate(lines, start=2):
            _, _, before, text, raters, _ = line.rstrip("\n").split("\t")
            yield SourceText("edos", row, normalize(text), raters, normalize(before))


def _read_isarcasm(path: Path) -> Iterator[SourceText]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["sarcastic"] == "1":
                yield SourceText(
                    "isarcasm", int(row[""]), normalize(row["tweet"]), normalize(row["rephrase"])
                )
