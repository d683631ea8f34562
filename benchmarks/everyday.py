"""Measure models on the everyday corpus, and write the tables of docs/everyday.md.

    python benchmarks/everyday.py --texts DATA/everyday [--plain MODEL]

measures the embedded model, and one trained on GoEmotions' labels alone, on dev and test into
docs/everyday.json, draws docs/images/everyday.png, and writes the page's tables. A model that is
not named keeps its figures; without --texts, the tables are written from the file as it is.
"""

import argparse
import csv
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
CORPUS: Final = ROOT / "corpora" / "everyday"
FIGURES_FILE: Final = ROOT / "docs" / "everyday.json"
PAGE: Final = ROOT / "docs" / "everyday.md"
BEGIN: Final = "<!-- tables: python benchmarks/everyday.py -->\n"
END: Final = "<!-- end of tables -->\n"
EXAMPLES: Final = 3


def measure(texts: Path, plain: Path | None) -> None:
    """Score dev and test with the embedded model, and a plain one."""
    from emoticare import load
    from emoticare.data.everyday import read_everyday, read_pairs
    from emoticare.evaluation.everyday import evaluate_everyday
    from emoticare.evaluation.plots import everyday_figure
    from emoticare.evaluation.plotting import rendered
    from emoticare.evaluation.replies import evaluate_replies
    from emoticare.model.files import write_file

    # "before", the model that had not learned everyday English, was measured once, for comparison.
    record: dict[str, dict[str, Any]] = json.loads(FIGURES_FILE.read_text(encoding="utf-8"))
    classifiers = {"embedded": load(), **({"plain": load(plain)} if plain else {})}
    for name, classifier in classifiers.items():
        for split in ("dev", "test"):
            everyday = evaluate_everyday(
                classifier, read_everyday(CORPUS, split, classifier.labels, texts)
            )
            record.setdefault(name, {})[split] = everyday.to_json()
            if classifier.artifact.config.reads_context:
                pairs = read_pairs(CORPUS, split, classifier.labels, texts)
                record[name][split] |= evaluate_replies(classifier, pairs).to_json()
            if (name, split) == ("embedded", "test"):
                picture = ROOT / "docs" / "images" / "everyday.png"
                write_file(picture, rendered(everyday_figure(everyday), "png"))
    FIGURES_FILE.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def tables(record: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the tables of the page as Markdown."""
    parts = ["### By origin\n", _groups(record), "\n### By kind, embedded model, test\n"]
    parts += [_kinds(record["embedded"]["test"]["everyday_by_kind"])]
    if "replies" in record["embedded"]["test"]:
        parts += ["\n### Replies, embedded model\n", _replies(record["embedded"])]
    parts += ["\n### Three examples a kind, from dev\n", _examples()]
    return "".join(parts)


def _groups(record: Mapping[str, Mapping[str, Any]]) -> str:
    header = ("model, split, texts", "n", "strongest right", "of emotional texts")
    header += (
        "or plausible",
        "F1",
        "nothing but neutral",
        "neutral with emotion",
        "sarcasm read as positive",
    )
    rows = []
    for model, splits in record.items():
        for split, figures in splits.items():
            for group, values in figures["everyday"].items():
                sarcastic = figures["everyday_sarcastic_read_as_positive"][group]
                cells = [_with_interval(values, "strongest_primary")]
                cells += [_with_interval(values, "strongest_primary_emotional")]
                cells += [_number(values["strongest_plausible"]), _with_interval(values, "f1")]
                cells += [_number(values["only_neutral"]), _number(values["neutral_with_emotion"])]
                name = f"{model}, {split}, {group}"
                rows.append((name, values["n_texts"], *cells, _number(sarcastic)))
    return _table(header, rows)


def _kinds(kinds: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [
        (
            name,
            values["n_texts"],
            _with_interval(values, "strongest_primary"),
            _number(values["strongest_plausible"]),
            _number(values["f1"]),
            _number(values["only_neutral"]),
        )
        for name, values in kinds.items()
    ]
    header = ("kind", "n", "strongest right", "or plausible", "F1", "nothing but neutral")
    return _table(header, rows)


def _replies(splits: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [
        (
            f"{split}, {group}",
            values["n_replies"],
            *(_with_interval(values, name) for name in ("in_context", "alone", "gain")),
        )
        for split, figures in splits.items()
        for group, values in figures["replies"].items()
    ]
    return _table(("split, replies", "n", "right in context", "right alone", "gain"), rows)


def _examples() -> str:
    by_kind: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    with (CORPUS / "written.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["split"] == "dev":
                by_kind[row["kind"]].append(row)
    rows = []
    for kind, texts in sorted(by_kind.items()):
        for row in random.Random(kind).sample(texts, min(EXAMPLES, len(texts))):
            text = row["text"].replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")
            rows.append((kind, text, row["primary"], row["plausible"]))
    return _table(("kind", "text", "primary", "plausible"), rows)


def _with_interval(values: Mapping[str, float | None], name: str) -> str:
    value, low, high = (values[name + end] for end in ("", "_ci_low", "_ci_high"))
    return "–" if value is None else f"{value:.2f} ({low:.2f} to {high:.2f})"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def main() -> None:
    """Measure if asked to, and write the page's tables."""
    parser = argparse.ArgumentParser(description="Measure models on the everyday corpus.")
    parser.add_argument("--texts", type=Path, help="The sources of the corpus' real texts.")
    parser.add_argument("--plain", type=Path, help="A model trained on labels alone.")
    args = parser.parse_args()
    if args.texts:
        measure(args.texts, args.plain)
    record = json.loads(FIGURES_FILE.read_text(encoding="utf-8"))
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}{tables(record)}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
