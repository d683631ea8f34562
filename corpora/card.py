"""Print the tables of the data card, or write them into it.

    python corpora/card.py [--write]

Needs scikit-learn; the tables come from the corpus' files alone.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from assemble import FOLDER, SPLITS, read_readings, read_table
from labels import Reading
from sklearn.metrics import cohen_kappa_score

from emoticare.labels import LABELS

BEGIN: Final = "<!-- tables: python corpora/card.py --write -->\n"
END: Final = "<!-- end of tables -->\n"
_TABLES: Final = {
    "written": ("written.tsv",),
    "real": ("real.tsv",),
    "pairs": ("pairs_written.tsv", "pairs_real.tsv"),
}


def tables() -> str:
    """Return all tables as Markdown."""
    rows = {
        origin: [row for name in names for row in read_table(name)]
        for origin, names in _TABLES.items()
    }
    parts = [
        "### Texts\n",
        _texts(rows),
        "\n### Kinds\n",
        _counts("kind", [*rows["written"], *rows["real"]], "kind"),
        "\n### Sources of the real texts\n",
        _counts("source", rows["real"], "source"),
        "\n### Primary labels\n",
        _label_counts([*rows["written"], *rows["real"]]),
        "\n### Agreement of the first two readings, dev and test\n",
        _agreement(),
        "\n### Left out\n",
        _dropped(),
    ]
    return "".join(parts)


def _texts(rows: dict[str, list[dict[str, str]]]) -> str:
    body = []
    for origin, of_origin in rows.items():
        counts = Counter(row["split"] for row in of_origin)
        neutral = sum(row["primary"] == "neutral" for row in of_origin)
        share = neutral / max(1, len(of_origin))
        reread = sum(split == "train" for split, _ in read_readings(origin)) / counts["train"]
        cells = (*(counts[split] for split in SPLITS), len(of_origin), f"{share:.0%}")
        cells += (f"{reread:.0%}",)
        body.append((origin, *cells))
    return _table(("", *SPLITS, "all", "neutral", "of train read twice"), body)


def _counts(title: str, rows: Sequence[dict[str, str]], column: str) -> str:
    counts = Counter((row[column], row["split"]) for row in rows)
    names = sorted({name for name, _ in counts})
    return _table((title, *SPLITS), [(n, *(counts[n, split] for split in SPLITS)) for n in names])


def _label_counts(rows: Sequence[dict[str, str]]) -> str:
    counts = Counter((label, row["split"]) for row in rows for label in row["primary"].split(","))
    return _table(
        ("label", *SPLITS), [(n, *(counts[n, split] for split in SPLITS)) for n in LABELS]
    )


def _agreement() -> str:
    body = []
    for origin in _TABLES:
        readings = [
            (first, second)
            for split, (first, second, *_) in read_readings(origin)
            if split != "train"
        ]
        if readings:
            body.append((origin, len(readings), *_agreement_of(readings)))
    header = ("", "texts", "same strongest", "strongest in the other's labels", "mean kappa")
    return _table((*header, "lowest kappa", "highest kappa"), body)


def _agreement_of(readings: Sequence[tuple[Reading, Reading]]) -> tuple[str, ...]:
    same = sum(a.strongest == b.strongest for a, b in readings) / len(readings)
    allowed = sum(
        a.strongest in b.primary + b.plausible and b.strongest in a.primary + a.plausible
        for a, b in readings
    ) / len(readings)
    kappas = {
        label: cohen_kappa_score(
            [label in a.primary for a, _ in readings], [label in b.primary for _, b in readings]
        )
        for label in LABELS
        if any(label in reading.primary for pair in readings for reading in pair)
    }
    ranked = sorted(kappas, key=lambda label: kappas[label])
    ends = (f"{ranked[i]} {kappas[ranked[i]]:.2f}" for i in (0, -1))
    mean = sum(kappas.values()) / len(kappas)
    return (f"{same:.1%}", f"{allowed:.1%}", f"{mean:.2f}", *ends)


def _dropped() -> str:
    rows = read_table("readings/dropped.tsv")
    return _table(list(rows[0]), [list(row.values()) for row in rows])


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def main() -> None:
    """Print the tables, or put them into the data card."""
    if "--write" not in sys.argv[1:]:
        print(tables())
        return
    card = FOLDER / "README.md"
    before, _, rest = card.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    card.write_text(f"{before}{BEGIN}{tables()}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
