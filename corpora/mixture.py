"""Write the files from which a model learns everyday English beside GoEmotions.

    python corpora/mixture.py DATA OUT

DATA holds `goemotions`, `everyday` and `ood`. Each line of a file is a JSON object: `text`;
`labels`, the probability of each label of which something is known; `risks`, that of each risk,
where it is known; `context`, what was said before a reply; and `meaning`, a wording that says
plainly what the text means, where there is one: teachers are asked about it instead.

- written.jsonl, real.jsonl: the corpus' train split; of plausible labels nothing is said. The
  kinds despair, threat and abuse tell of their texts' risks.
- risks.jsonl: of the written ones, those of these kinds and the look-alikes, once more.
- pairs.jsonl: the corpus' replies, each with what was said before and without.
- dialogues.jsonl: EDOS' lines again, with what was said before them.
- statements.jsonl: neutral statements about groups of people.
- raters.jsonl: EDOS' lines, with the shares of its three raters.
- unlabelled.jsonl: texts of all sources, for teachers to score.

Whatever stands in dev and test of the corpus or of GoEmotions, or nearly so, is left out, with its
contexts and rephrases; so are XED's annotated lines.
"""

import csv
import json
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from assemble import FOLDER, read_table
from edos import shares
from overlap import Seen
from sample import SEED
from sources import SourceText, read_sources
from statements import neutral_lines

from emoticare.data.everyday import (
    RISK_OF_KIND,
    find_texts,
    fingerprint,
    join_turns,
    normalize,
    read_everyday,
    read_pairs,
)
from emoticare.data.goemotions import read_split
from emoticare.labels import LABELS, RISKS

# How many texts of each source teachers score: most where people talk about themselves.
QUOTAS: Final = {
    "banking77": 4_000,
    "casino": 5_000,
    "common-voice-en": 12_000,
    "edos": 10_245,
    "empathic-reactions": 1_860,
    "impli-idioms": 9_000,
    "isarcasm": 3_468,
    "multidogo": 6_000,
    "nltk-reviews": 16_000,
    "sad-stress": 6_827,
    "tatoeba-en": 30_000,
    "vader-icwsm14": 10_000,
}
# A label is never surer than readers are: one in twenty would object.
_PRESENT: Final = 0.95
_ABSENT: Final = 0.01
_ABOUT_RISKS: Final = (*RISK_OF_KIND, "lookalike")

Line = dict[str, Any]


def main(data: Path, out: Path) -> None:
    """Write the files, and print their numbers of texts."""
    everyday = data / "everyday"
    held_back = read_held_back(data)
    sources = read_sources(everyday)
    read_before = {row["sha256"] for row in read_table("real.tsv")}
    files = {
        "statements": neutral_lines(),
        "risks": _labelled(data, {}, is_real=False, kinds=_ABOUT_RISKS),
        "written": _labelled(data, {}, is_real=False),
        "real": _labelled(data, _meanings(sources), is_real=True),
        "pairs": _pairs(everyday, held_back),
        "raters": _rated(sources["edos"], held_back, read_before),
        "dialogues": _in_dialogue(sources["edos"], held_back),
        "unlabelled": _unlabelled(sources, everyday, held_back, read_before),
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, lines in files.items():
        rows = [json.dumps(line, ensure_ascii=False) for line in lines]
        (out / f"{name}.jsonl").write_text("\n".join([*rows, ""]), encoding="utf-8")
        print(f"{name}: {len(rows)} texts")


def read_held_back(data: Path) -> Seen:
    """Return the texts of dev and test, XED's annotated lines, and what belongs to them."""
    seen = Seen()
    for split in ("dev", "test"):
        for text in read_split(data / "goemotions", split).texts:
            seen.add(text)
        for text in read_everyday(FOLDER, split, LABELS, data / "everyday").texts:
            seen.add(text)
    with (data / "ood" / "xed-en-annotated.tsv").open(encoding="utf-8", newline="\n") as lines:
        for line in lines:
            seen.add(normalize(line.split("\t")[0]))
    for text in _belonging_to_pairs(data / "everyday"):
        seen.add(text)
    for row in read_table("examples.tsv"):
        seen.add(row["text"])
    return seen


def _belonging_to_pairs(sources: Path) -> Iterable[str]:
    """Return what was said before, and the replies, of every pair of dev and test."""
    wanted = {
        row[name]
        for row in read_table("readings/drawn_pairs.tsv")
        if row["split"] != "train"
        for name in ("sha256", "before_sha256")
    }
    written = (row for row in read_table("pairs_written.tsv") if row["split"] != "train")
    own = [row[name] for row in written for name in ("before", "text")]
    return [*find_texts(sources, wanted).values(), *own]


def _labelled(
    data: Path, meanings: dict[str, str], *, is_real: bool, kinds: Sequence[str] = ()
) -> Iterator[Line]:
    texts = read_everyday(FOLDER, "train", LABELS, data)
    for i in np.flatnonzero(texts.is_real == is_real):
        if kinds and texts.kinds[i] not in kinds:
            continue
        rows = zip(LABELS, texts.primary[i], texts.plausible[i], strict=True)
        yield {
            **_line(texts.texts[i], _probabilities(rows), meanings),
            "risks": {
                risk: _PRESENT if RISK_OF_KIND.get(texts.kinds[i]) == risk else _ABSENT
                for risk in RISKS
            },
        }


def _probabilities(rows: Iterable[tuple[str, bool, bool]]) -> dict[str, float]:
    """Return what is known of a text, by label: of a plausible one nothing is."""
    return {
        label: _PRESENT if is_primary else _ABSENT
        for label, is_primary, is_plausible in rows
        if not is_plausible
    }


def _pairs(folder: Path, held_back: Seen) -> Iterator[Line]:
    texts = read_pairs(FOLDER, "train", LABELS, folder)
    alone = {
        row["id"]: (row["primary_alone"].split(","), row["plausible_alone"].split(","))
        for name in ("pairs_written.tsv", "pairs_real.tsv")
        for row in read_table(name)
    }
    read_alone: set[str] = set()
    for i, (text, context) in enumerate(zip(texts.texts, texts.contexts, strict=True)):
        if any(map(held_back.holds_near_copy, (text, *context.split("\n")))):
            continue
        rows = zip(LABELS, texts.primary[i], texts.plausible[i], strict=True)
        yield {"text": text, "context": context, "labels": _probabilities(rows)}
        if text not in read_alone:
            read_alone.add(text)
            primary, plausible = alone[texts.ids[i]]
            rows = ((label, label in primary, label in plausible) for label in LABELS)
            yield {"text": text, "labels": _probabilities(rows)}


def _in_dialogue(texts: Iterable[SourceText], held_back: Seen) -> Iterator[Line]:
    for text in texts:
        context = join_turns(text.before)
        if context and not any(map(held_back.holds_near_copy, (text.text, *context.split("\n")))):
            labels = shares(text.note, LABELS)
            if labels:
                yield {"text": text.text, "context": context, "labels": labels}


def _rated(texts: Iterable[SourceText], held_back: Seen, read_before: set[str]) -> Iterator[Line]:
    for text in texts:
        if fingerprint(text.text) not in read_before and not held_back.holds_near_copy(text.text):
            labels = shares(text.note, LABELS)
            if labels:
                yield _line(text.text, labels, {})


def _unlabelled(
    sources: dict[str, list[SourceText]], everyday: Path, held_back: Seen, read_before: set[str]
) -> Iterator[Line]:
    meanings = _meanings(sources)
    plain_tweets = _read_plain_tweets(everyday / "isarcasm" / "train.En.csv")
    for source, texts in (*sources.items(), ("isarcasm, not sarcastic", plain_tweets)):
        # Drawn before any is left out, so that the draw stays as the labelled corpus grows.
        drawn = random.Random(f"{SEED} unlabelled {source}").sample(texts, len(texts))
        for text in drawn[: QUOTAS.get(source)]:
            is_known = fingerprint(text.text) in read_before
            if text.text and not is_known and not held_back.holds_near_copy(text.text):
                yield _line(text.text, {}, meanings)


def _line(text: str, labels: dict[str, float], meanings: dict[str, str]) -> Line:
    line: Line = {"text": text, "labels": labels}
    return {**line, "meaning": meanings[text]} if text in meanings else line


def _meanings(sources: dict[str, list[SourceText]]) -> dict[str, str]:
    """Return the author's rephrase of each sarcastic tweet, the paraphrase of each idiom."""
    meanings = {text.text: text.note for text in sources["isarcasm"] if text.note}
    for text in sources["impli-idioms"]:
        kind, _, paraphrase = text.note.partition(": ")
        if kind == "manual_e":
            meanings[text.text] = normalize(paraphrase)
    return meanings


def _read_plain_tweets(path: Path) -> list[SourceText]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["sarcastic"] == "0"]
    return [SourceText("isarcasm", int(row[""]), normalize(row["tweet"]), "") for row in rows]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
