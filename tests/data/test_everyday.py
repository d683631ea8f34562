import csv
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoticare.data.everyday import find_texts, fingerprint, normalize, read_everyday, read_pairs
from emoticare.errors import DataError, UsageError
from emoticare.labels import LABELS

WRITTEN = ("id", "kind", "split", "text", "primary", "plausible")
REAL = ("id", "kind", "split", "source", "version", "row", "sha256", "primary", "plausible")


def write_table(path: Path, header: tuple[str, ...], *rows: tuple[str, ...]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerows([header, *rows])


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    rows = [
        ("w1", "sarcasm", "test", 'Oh "great".', "annoyance", "disapproval,anger"),
        ("w2", "neutral", "test", "It opens at nine.", "neutral", ""),
        ("w3", "journal", "train", "He came home.", "relief,joy", "love"),
    ]
    write_table(tmp_path / "written.tsv", WRITTEN, *rows)
    digest = fingerprint("Where is my  parcel?")
    real = ("r1", "ticket", "test", "shop", "v1", "7", digest, "annoyance", "nervousness")
    write_table(tmp_path / "real.tsv", REAL, real)
    sources = tmp_path / "sources" / "shop"
    sources.mkdir(parents=True)
    (sources / "texts.tsv").write_text("a note\nx\tWhere is my parcel?\n", encoding="utf-8")
    return tmp_path


def test_written_texts_alone(corpus: Path) -> None:
    texts = read_everyday(corpus, "test", LABELS)
    assert texts.ids == ["w1", "w2"]
    assert texts.texts[0] == 'Oh "great".'
    assert texts.kinds == ["sarcasm", "neutral"]
    assert not texts.is_real.any()
    named = [LABELS[i] for i in texts.primary[0].nonzero()[0]]
    assert named == ["annoyance"]
    assert [LABELS[i] for i in texts.plausible[0].nonzero()[0]] == ["anger", "disapproval"]


def test_real_texts_come_from_their_sources(corpus: Path) -> None:
    texts = read_everyday(corpus, "test", LABELS, corpus / "sources")
    assert texts.texts[-1] == "Where is my parcel?"
    assert texts.is_real.tolist() == [False, False, True]


def test_a_real_text_that_is_missing_is_told(corpus: Path) -> None:
    (corpus / "sources" / "shop" / "texts.tsv").write_text("another\n", encoding="utf-8")
    with pytest.raises(DataError, match="all but 1"):
        read_everyday(corpus, "test", LABELS, corpus / "sources")


@pytest.mark.parametrize("split", ["validation", "", "TEST"])
def test_there_are_three_splits(corpus: Path, split: str) -> None:
    with pytest.raises(UsageError, match="train, dev, test"):
        read_everyday(corpus, split, LABELS)


def test_a_split_without_rows(corpus: Path) -> None:
    with pytest.raises(DataError, match="found none"):
        read_everyday(corpus, "dev", LABELS)


@pytest.mark.parametrize(
    ("primary", "plausible", "found"),
    [
        ("", "", "0 primary labels"),
        ("joy,love,pride,fear", "", "4 primary labels"),
        ("happiness", "", "a label that the model does not have"),
        ("joy", "joy", "both primary and plausible"),
    ],
)
def test_labels_that_cannot_be(tmp_path: Path, primary: str, plausible: str, found: str) -> None:
    row = ("w1", "chat", "test", "hidden words", primary, plausible)
    write_table(tmp_path / "written.tsv", WRITTEN, row)
    with pytest.raises(DataError, match=found) as error:
        read_everyday(tmp_path, "test", LABELS)
    assert "hidden" not in str(error.value)


def test_a_missing_column(tmp_path: Path) -> None:
    write_table(tmp_path / "written.tsv", WRITTEN[:-1])
    with pytest.raises(DataError, match="plausible"):
        read_everyday(tmp_path, "test", LABELS)


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\t\n\r"), min_size=1))
def test_a_text_is_found_however_its_file_sets_it(text: str) -> None:
    import tempfile

    wanted = fingerprint(text)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "a.tsv").write_text(f"1\t {text} \tnote\n", encoding="utf-8", newline="")
        assert find_texts(folder, {wanted}) == {wanted: normalize(text)}


def test_a_text_in_csv_may_hold_line_breaks(tmp_path: Path) -> None:
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(["1", 'two\nlines, and "quotes"'])
    wanted = fingerprint('two lines, and "quotes"')
    assert list(find_texts(tmp_path, {wanted})) == [wanted]
    assert json.dumps(find_texts(tmp_path, {"0"})) == "{}"


PAIR = ("id", "kind", "split", "before", "text", "primary", "plausible")
REAL_PAIR = (*REAL[:6], "before_sha256", *REAL[6:])


@pytest.fixture
def pairs(corpus: Path) -> Path:
    written = ("p1", "written", "dev", "It broke. // Again?", "Again.", "annoyance", "")
    write_table(corpus / "pairs_written.tsv", PAIR, written)
    digests = [fingerprint(text) for text in ("Who is  it?", "Me.")]
    real = ("p2", "dialogue", "dev", "films", "v1", "7", *digests, "neutral", "joy")
    write_table(corpus / "pairs_real.tsv", REAL_PAIR, real)
    (corpus / "sources" / "films.tsv").write_text("Who is it?\tMe.\n", encoding="utf-8")
    return corpus


def test_replies_have_what_was_said_before_them_a_line_a_turn(pairs: Path) -> None:
    found = read_pairs(pairs, "dev", LABELS, pairs / "sources")
    assert found.texts == ["Again.", "Me."]
    assert list(found.contexts) == ["It broke.\nAgain?", "Who is it?"]
    assert found.is_real.tolist() == [False, True]
    assert read_pairs(pairs, "dev", LABELS).ids == ["p1"]


def test_a_reply_whose_context_is_missing_is_told(pairs: Path) -> None:
    (pairs / "sources" / "films.tsv").write_text("Who?\tMe.\n", encoding="utf-8")
    with pytest.raises(DataError, match="all but 1"):
        read_pairs(pairs, "dev", LABELS, pairs / "sources")
