"""The everyday corpus: its form, its splits, and that its tables come from its readings."""

import csv
import hashlib
import importlib.util
import json
import os
import re
from collections import Counter, defaultdict
from pathlib import Path

import card
import pytest
from assemble import FOLDER, main, read_readings
from labels import Reading, agreed, merge
from overlap import Seen

from emoticare.classifier import EmotionClassifier
from emoticare.data.everyday import find_texts, read_everyday, read_pairs
from emoticare.evaluation.everyday import evaluate_everyday
from emoticare.labels import LABELS

ROOT = Path(__file__).parents[1]
FROZEN = "955f82fe583c64eead4bbfec0ae4130a452500d6e7abd8efb66c54f44669dc1e"
TABLES = ("written.tsv", "real.tsv", "pairs_written.tsv", "pairs_real.tsv")


def rows_of(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


@pytest.fixture(scope="module")
def data() -> Path:
    """The folder with GoEmotions and the sources of the real texts, where there is one."""
    folder = Path(os.environ.get("EMOTICARE_CORPORA", ROOT.parent / "shared" / "data"))
    if not (folder / "everyday").is_dir():
        pytest.skip("set EMOTICARE_CORPORA to the folder with goemotions/ and everyday/")
    return folder


@pytest.mark.parametrize("name", TABLES)
def test_every_row_has_its_form(name: str) -> None:
    rows = rows_of(name)
    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        assert row["split"] in ("train", "dev", "test")
        for suffix in ("", "_alone") if "primary_alone" in row else ("",):
            primary = row["primary" + suffix].split(",")
            plausible = [label for label in row["plausible" + suffix].split(",") if label]
            assert 1 <= len(primary) <= 3, row["id"]
            assert len(plausible) <= 5, row["id"]
            assert set(primary + plausible) <= set(LABELS), row["id"]
            assert len({*primary, *plausible}) == len(primary) + len(plausible), row["id"]
            assert "neutral" not in primary or len(primary) == 1, row["id"]
        for digest in ("sha256", "before_sha256"):
            assert re.fullmatch("[0-9a-f]{64}", row.get(digest, 64 * "0"))


def test_every_text_of_dev_and_test_was_read_twice_by_different_readers() -> None:
    kept = {
        row["id"] for name in TABLES for row in rows_of(name) if row["split"] in ("dev", "test")
    }
    readers = defaultdict(set)
    for path in (FOLDER / "readings").glob("*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            reading = json.loads(line)
            readers[reading["id"]].add(reading["reader"])
    assert all(len(readers[name]) > 1 for name in kept)


def test_splits_are_large_enough_and_real_texts_are_half() -> None:
    written, real = (Counter(row["split"] for row in rows_of(name)) for name in TABLES[:2])
    assert min(written["dev"], real["dev"]) >= 500
    assert min(written["test"], real["test"]) >= 600
    test = [row for name in TABLES[:2] for row in rows_of(name) if row["split"] == "test"]
    kinds = Counter(row["kind"] for row in test)
    assert kinds["sarcasm"] >= 150
    assert kinds["despair"] + kinds["threat"] >= 100
    assert kinds["lookalike"] >= 100


@pytest.mark.parametrize("split", ["dev", "test"])
def test_neither_one_source_nor_neutral_texts_prevail(split: str) -> None:
    rows = [row for row in rows_of("real.tsv") if row["split"] == split]
    sources = Counter(row["source"] for row in rows)
    assert max(sources.values()) <= 0.16 * len(rows)
    assert sum(row["primary"] == "neutral" for row in rows) <= 0.31 * len(rows)


def test_no_near_copies_among_written_texts() -> None:
    seen = Seen()
    for row in rows_of("written.tsv"):
        assert not seen.holds_near_copy(row["text"]), row["id"]
        seen.add(row["text"])


def test_no_near_copies_across_splits_or_of_goemotions(data: Path) -> None:
    real = rows_of("real.tsv")
    texts = find_texts(data, {row["sha256"] for row in real})
    by_split = defaultdict(list)
    for row in rows_of("written.tsv"):
        by_split[row["split"]].append(row["text"])
    for row in real:
        by_split[row["split"]].append(texts[row["sha256"]])
    seen = Seen()
    for split in ("dev", "test"):
        lines = (data / "goemotions" / f"{split}.tsv").read_text(encoding="utf-8").splitlines()
        for line in lines:
            seen.add(line.split("\t")[0])
    for split in ("test", "dev", "train"):
        assert not [text for text in by_split[split] if seen.holds_near_copy(text)]
        for text in by_split[split]:
            seen.add(text)


def test_no_reply_of_train_is_one_of_dev_or_test(data: Path) -> None:
    by_split = {
        split: {
            f"{context} {text}"
            for pairs in [read_pairs(FOLDER, split, LABELS, data / "everyday")]
            for text, context in zip(pairs.texts, pairs.contexts, strict=True)
        }
        for split in ("train", "dev", "test")
    }
    assert not by_split["train"] & (by_split["dev"] | by_split["test"])
    assert not by_split["dev"] & by_split["test"]


def test_the_tables_come_from_the_readings(data: Path, tmp_path: Path, monkeypatch) -> None:
    import shutil

    import assemble

    copy = tmp_path / "everyday"
    shutil.copytree(FOLDER, copy)
    monkeypatch.setattr(assemble, "FOLDER", copy)
    main(data)
    for name in (*TABLES, "readings/dropped.tsv"):
        assert (copy / name).read_bytes() == (FOLDER / name).read_bytes(), name


def test_every_real_text_is_found(data: Path) -> None:
    for split in ("train", "dev", "test"):
        texts = read_everyday(FOLDER, split, LABELS, data)
        assert texts.is_real.any()
        assert not texts.is_real.all()


def test_the_data_card_has_the_tables_of_today() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert f"{card.BEGIN}{card.tables()}{card.END}" in text


@pytest.fixture(scope="module")
def measured() -> dict:
    return json.loads((ROOT / "docs" / "everyday.json").read_text(encoding="utf-8"))


def test_the_page_has_the_tables_of_what_was_measured(measured: dict) -> None:
    path = ROOT / "benchmarks" / "everyday.py"
    spec = importlib.util.spec_from_file_location("everyday_tables", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page = (ROOT / "docs" / "everyday.md").read_text(encoding="utf-8")
    assert f"{module.BEGIN}{module.tables(measured)}{module.END}" in page


def with_interval(group: dict, name: str) -> str:
    value, low, high = (group[name + end] for end in ("", "_ci_low", "_ci_high"))
    return f"{value:.2f} ({low:.2f} to {high:.2f})"


def test_the_starting_line_is_told_as_it_was_measured(measured: dict) -> None:
    text = (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")
    section = text.partition("## Everyday English\n")[2].partition("\n## ")[0]
    told = [
        [cell.strip() for cell in line.strip("|").split("|")][2:]
        for line in section.splitlines()
        if line.startswith(("| slim student |", "| plain |", "| **in the package** |", "| | "))
    ]
    with_intervals = ("strongest_primary", "strongest_primary_emotional", "f1")
    kept = [
        [
            *(with_interval(group, name) for name in with_intervals),
            f"{group['only_neutral']:.2f}",
            f"{test['everyday_sarcastic_read_as_positive'][origin]:.2f}",
        ]
        for test in (measured[name]["test"] for name in ("before", "plain", "embedded"))
        for origin, group in test["everyday"].items()
    ]
    assert told == kept
    figures = measured["embedded"]["test"]["everyday"]["all"]
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    wrong = 1 - figures["strongest_primary"]
    assert f"wrong for {wrong:.0%}" in readme
    assert f"and {figures['only_neutral']:.0%} of those" in readme
    for name in ("embedded", "before"):
        groups = measured[name]["test"]["everyday"]
        row = [
            with_interval(groups["all"], "strongest_primary"),
            with_interval(groups["real"], "strongest_primary"),
            with_interval(groups["real"], "strongest_primary_emotional"),
            with_interval(groups["real"], "f1"),
        ]
        assert f"| {' | '.join(row)} |" in readme.replace("**", "")


def test_what_was_measured_on_dev_is_what_today_s_model_gives(
    measured: dict, embedded: EmotionClassifier
) -> None:
    texts = read_everyday(FOLDER, "dev", embedded.labels)
    found = evaluate_everyday(embedded, texts).to_json()
    kept = measured["embedded"]["dev"]
    assert found["everyday_model"] == kept["everyday_model"]
    for name, value in found["everyday"]["written"].items():
        assert value == pytest.approx(kept["everyday"]["written"][name], abs=0.006), name


def test_a_wheel_holds_no_corpus() -> None:
    assert not list((ROOT / "src").rglob("*written.tsv"))
    assert not list((ROOT / "src").rglob("*real.tsv"))


def test_readings_are_counted_by_text() -> None:
    for origin in ("written", "real", "pairs"):
        assert all(len(readings) > 1 for _, readings in read_readings(origin))


def read(primary: str, plausible: str = "") -> Reading:
    return Reading(*(tuple(filter(None, names.split(","))) for names in (primary, plausible)))


def test_two_of_three_decide() -> None:
    readings = [read("joy,love"), read("relief", "joy"), read("joy", "relief,pride")]
    assert agreed(readings) == "joy"
    assert agreed(readings[:2]) is None
    assert agreed([*readings, readings[1]]) is None
    assert merge(readings, "joy") == read("joy", "relief,love,pride")


def test_neutral_stands_alone_in_merged_labels() -> None:
    readings = [read("neutral", "joy"), read("neutral", "curiosity")]
    assert merge(readings, "neutral") == read("neutral", "joy,curiosity")
    mixed = [read("joy"), read("neutral"), read("joy")]
    assert merge(mixed, "joy") == read("joy", "neutral")


@pytest.mark.parametrize(
    ("text", "is_copy"),
    [
        ("He came home late, and we didn't talk at all.", True),
        ("he CAME home late and we didn’t talk, sadly", True),
        ("She came home early and they talked all night.", False),
        ("Thanks!", True),
        ("Thanks a lot!", False),
    ],
)
def test_near_copies(text: str, is_copy: bool) -> None:
    seen = Seen(["He came home late and we didn't talk", "thanks"])
    assert seen.holds_near_copy(text) is is_copy


def test_dev_and_test_are_frozen() -> None:
    """What a released model was measured on does not change, whatever training texts are added."""
    held = hashlib.sha256()
    for name in TABLES[:2]:
        for row in sorted(rows_of(name), key=lambda row: row["id"]):
            if row["split"] != "train":
                held.update("\t".join(row.values()).encode() + b"\n")
    assert held.hexdigest() == FROZEN
