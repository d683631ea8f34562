"""Make the corpus' tables from the raw readings: written, real, pairs_*, examples.

    python corpora/assemble.py DATA

DATA holds `goemotions` and `everyday`. Every rule is here, nothing is chosen by hand: which texts
are dropped, how readings are merged, and how many neutral texts dev and test keep.
"""

import csv
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from labels import Reading, agreed, merge
from overlap import Seen
from sample import SEED
from sources import VERSIONS, read_sources

from emoticare.data.everyday import find_texts
from emoticare.data.goemotions import read_split

FOLDER: Final = Path(__file__).parent / "everyday"
SPLITS: Final = ("test", "dev", "train")
_MOST_NEUTRAL: Final = 0.30
_MOST_OF_SOURCE: Final = 0.15


@dataclass
class Item:
    """A text with its readings, or a reply with those in context and alone."""

    id: str
    split: str
    kind: str
    text: str
    readings: list[Reading] = field(default_factory=list)
    alone: list[Reading] = field(default_factory=list)
    before: str = ""
    source: str = ""
    row: str = ""
    sha256: str = ""


@dataclass
class Account:
    """How many texts were left out, by split and reason."""

    dropped: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def drop(self, origin: str, split: str, reason: str) -> None:
        """Count one."""
        self.dropped[origin, split, reason] += 1


def main(data: Path) -> None:
    """Write the tables, and what was dropped to readings/dropped.tsv."""
    account = Account()
    goemotions = (read_split(data / "goemotions", split) for split in ("dev", "test"))
    of_goemotions = [text for split in goemotions for text in split.texts]
    # A reply of train may be there without what was said before it, too.
    seen, seen_with_pairs = Seen(of_goemotions), Seen(of_goemotions)
    written = list(_written())
    real = list(_real(data))
    pairs = list(_pairs(data / "everyday"))
    examples = list(_examples())
    kept: dict[str, list[tuple[Item, Reading]]] = {"written": [], "real": [], "pairs": []}
    for split in SPLITS:
        if split == "train":
            for item in examples:
                seen.add(item.text)
                seen_with_pairs.add(item.text)
        for origin, items in (("written", written), ("real", real), ("pairs", pairs)):
            chosen = [item for item in items if item.split == split]
            of_origin = seen_with_pairs if origin == "pairs" else seen
            distinct = list(_distinct(chosen, of_origin, origin, account))
            if split != "train":
                for item in distinct:
                    (seen if origin == "pairs" else seen_with_pairs).add(_compared(item, origin))
            settled = list(_settled(distinct, origin, split, account))
            if origin == "real" and split != "train":
                settled = _balanced(settled, split, account)
            kept[origin] += settled
    _write_written(kept["written"])
    _write_real(kept["real"])
    _write_pairs(kept["pairs"])
    _write_examples(examples)
    _write(
        FOLDER / "readings" / "dropped.tsv",
        ("origin", "split", "reason", "texts"),
        [(*key, str(count)) for key, count in sorted(account.dropped.items())],
    )


def read_readings(origin: str) -> Iterator[tuple[str, list[Reading]]]:
    """Yield the split and the readings of every text of an origin that was read twice or more.

    Args:
        origin: "written", "real" or "pairs".
    """
    drawn = {"real": "drawn.tsv", "pairs": "drawn_pairs.tsv"}
    splits = (
        {row["id"]: row["split"] for row in read_table(f"readings/{drawn[origin]}")}
        if origin in drawn
        else {}
    )
    readings: defaultdict[str, list[Reading]] = defaultdict(list)
    for line in _lines(f"{origin}.jsonl"):
        splits.setdefault(line["id"], line.get("split", ""))
        readings[line["id"]].append(_reading(line))
    for name, of_text in readings.items():
        if len(of_text) > 1:
            yield splits[name], of_text


def _lines(name: str) -> Iterator[dict[str, Any]]:
    with (FOLDER / "readings" / name).open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def _reading(line: dict[str, Any], suffix: str = "") -> Reading:
    return Reading(tuple(line["primary" + suffix]), tuple(line["plausible" + suffix]))


def _written() -> Iterable[Item]:
    return _items_with_text("written.jsonl")


def _examples() -> Iterable[Item]:
    return _items_with_text("examples.jsonl")


def _items_with_text(name: str) -> Iterable[Item]:
    items: dict[str, Item] = {}
    for line in _lines(name):
        if "text" in line:
            place = (line.get("split", ""), line.get("kind", ""))
            items[line["id"]] = Item(line["id"], *place, line["text"])
        items[line["id"]].readings.append(_reading(line))
    return items.values()


def _real(data: Path) -> Iterable[Item]:
    drawn = read_table("readings/drawn.tsv")
    texts = find_texts(data, {row["sha256"] for row in drawn})
    items = {
        row["id"]: Item(
            row["id"],
            row["split"],
            "",
            texts[row["sha256"]],
            source=row["source"],
            row=row["row"],
            sha256=row["sha256"],
        )
        for row in drawn
    }
    for line in _lines("real.jsonl"):
        item = items[line["id"]]
        item.kind = item.kind or line.get("kind", "")
        item.readings.append(_reading(line))
    # What sarcasm is, the authors of iSarcasmEval's tweets know best.
    for text in read_sources(data / "everyday")["isarcasm"]:
        if f"isarcasm-{text.row}" in items:
            items[f"isarcasm-{text.row}"].kind = "sarcasm"
    return [item for item in items.values() if item.readings]


def _pairs(sources: Path) -> Iterable[Item]:
    items: dict[str, Item] = {}
    drawn = read_table("readings/drawn_pairs.tsv")
    texts = find_texts(
        sources, {row[name] for row in drawn for name in ("sha256", "before_sha256")}
    )
    for row in drawn:
        items[row["id"]] = Item(
            row["id"],
            row["split"],
            "dialogue",
            texts[row["sha256"]],
            before=row["before_sha256"],
            source=row["source"],
            row=row["row"],
            sha256=row["sha256"],
        )
    for line in _lines("pairs.jsonl"):
        if "text" in line:
            items[line["id"]] = Item(
                line["id"], line["split"], "written", line["text"], before=line["before"]
            )
        items[line["id"]].readings.append(_reading(line))
        items[line["id"]].alone.append(_reading(line, "_alone"))
    return [item for item in items.values() if item.readings]


def read_table(name: str) -> list[dict[str, str]]:
    """Read a table of the corpus, such as "real.tsv" or "readings/drawn.tsv"."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def _distinct(items: Sequence[Item], seen: Seen, origin: str, account: Account) -> Iterator[Item]:
    """Leave out near-copies of GoEmotions' dev and test, of earlier splits and of each other."""
    for item in items:
        text = _compared(item, origin)
        if seen.holds_near_copy(text):
            account.drop(origin, item.split, "near-copy")
        else:
            seen.add(text)
            yield item


def _compared(item: Item, origin: str) -> str:
    return f"{item.before} {item.text}" if origin == "pairs" else item.text


def _settled(
    items: Iterable[Item], origin: str, split: str, account: Account
) -> Iterator[tuple[Item, Reading]]:
    """Merge the readings; dev and test keep only what two readings agree on."""
    for item in items:
        strongest = agreed(item.readings)
        if split != "train" and len(item.readings) == 1:
            account.drop(origin, split, "read once")
        elif split != "train" and strongest is None:
            account.drop(origin, split, "readers disagree")
        else:
            yield item, merge(item.readings, strongest or item.readings[0].strongest)


def _balanced(
    settled: Sequence[tuple[Item, Reading]], split: str, account: Account
) -> list[tuple[Item, Reading]]:
    """Leave out at random what is beyond 30% neutral texts and 15% of one source."""
    kept = list(settled)
    random.Random(f"{SEED} balance {split}").shuffle(kept)
    n_emotional = sum(reading.strongest != "neutral" for _, reading in kept)
    room = int(n_emotional * _MOST_NEUTRAL / (1 - _MOST_NEUTRAL))
    kept = list(_at_most(kept, room, split, account))
    most = int(_MOST_OF_SOURCE * len(kept))
    by_source: defaultdict[str, int] = defaultdict(int)
    balanced = []
    for item, reading in kept:
        by_source[item.source] += 1
        if by_source[item.source] > most:
            account.drop("real", split, "source beyond 15%")
        else:
            balanced.append((item, reading))
    return sorted(balanced, key=lambda pair: pair[0].id)


def _at_most(
    settled: Iterable[tuple[Item, Reading]], room: int, split: str, account: Account
) -> Iterator[tuple[Item, Reading]]:
    for item, reading in settled:
        if reading.strongest == "neutral":
            room -= 1
            if room < 0:
                account.drop("real", split, "neutral beyond 30%")
                continue
        yield item, reading


def _write_written(kept: Iterable[tuple[Item, Reading]]) -> None:
    rows = [(item.id, item.kind, item.split, item.text, *_names(reading)) for item, reading in kept]
    header = ("id", "kind", "split", "text", "primary", "plausible")
    _write(FOLDER / "written.tsv", header, rows)


def _write_real(kept: Iterable[tuple[Item, Reading]]) -> None:
    rows = [
        (
            item.id,
            item.kind,
            item.split,
            item.source,
            VERSIONS[item.source],
            item.row,
            item.sha256,
            *_names(reading),
        )
        for item, reading in kept
    ]
    header = ("id", "kind", "split", "source", "version", "row", "sha256", "primary", "plausible")
    _write(FOLDER / "real.tsv", header, rows)


def _write_pairs(kept: Iterable[tuple[Item, Reading]]) -> None:
    header = ("id", "kind", "split", "before", "text", "primary", "plausible")
    alone_header = ("primary_alone", "plausible_alone")
    written, real = [], []
    for item, reading in kept:
        strongest = agreed(item.alone) or item.alone[0].strongest
        labels = (*_names(reading), *_names(merge(item.alone, strongest)))
        start = (item.id, item.kind, item.split)
        if item.source:
            version = VERSIONS[item.source]
            real.append((*start, item.source, version, item.row, item.before, item.sha256, *labels))
        else:
            written.append((*start, item.before, item.text, *labels))
    _write(FOLDER / "pairs_written.tsv", (*header, *alone_header), written)
    real_header = ("id", "kind", "split", "source", "version", "row", "before_sha256", "sha256")
    labels_header = ("primary", "plausible", *alone_header)
    _write(FOLDER / "pairs_real.tsv", (*real_header, *labels_header), real)


def _write_examples(items: Iterable[Item]) -> None:
    """Write the examples; where two readings differ in the strongest label, either is right."""
    rows = []
    for item in items:
        strongest = {reading.strongest: None for reading in item.readings}
        merged = merge(item.readings, item.readings[0].strongest)
        primary = [*strongest, *(label for label in merged.primary if label not in strongest)]
        plausible = [label for label in merged.plausible if label not in primary]
        rows.append((item.id, item.text, ",".join(primary), ",".join(plausible)))
    _write(FOLDER / "examples.tsv", ("id", "text", "primary", "plausible"), rows)


def _names(reading: Reading) -> tuple[str, str]:
    return ",".join(reading.primary), ",".join(reading.plausible)


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
