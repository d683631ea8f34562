import contextlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoticare.data.goemotions import (
    check_official_counts,
    not_seen_in,
    read_goemotions,
    read_split,
    repeated_across_splits,
)
from emoticare.errors import DataError, EmoticareError, UsageError
from emoticare.labels import LABELS

SECRET = "my secret"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "train.tsv", f"{SECRET}\t27\ta\nhello\t0,3\tb\n")
    write(tmp_path / "dev.tsv", "hello\t1\tc\nwell\t27\td\n")
    write(tmp_path / "test.tsv", "well\t2\te\nhello\t3\tf\nbye\t4\tg\n")
    return tmp_path


def write(path: Path, content: str) -> None:
    path.write_bytes(content.encode())


def refusal(folder: Path, content: bytes) -> str:
    (folder / "test.tsv").write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_split(folder, "test")
    assert SECRET not in str(caught.value)
    return str(caught.value)


def test_read_all_splits(folder: Path) -> None:
    dataset = read_goemotions(folder)
    assert dataset.labels == LABELS
    assert dataset.train.texts == [SECRET, "hello"]
    assert dataset.train.ids == ["a", "b"]
    assert [np.flatnonzero(row).tolist() for row in dataset.train.multi_hot] == [[27], [0, 3]]
    assert dataset.test.multi_hot.shape == (3, 28)
    assert str(folder) not in dataset.source
    assert dataset.checksum == read_goemotions(folder).checksum


def test_one_split_needs_no_other(folder: Path) -> None:
    (folder / "train.tsv").unlink()
    assert len(read_split(folder, "test")) == 3
    assert read_split(folder, "dev").name == "validation"
    with pytest.raises(DataError, match=r"train split .* found dev\.tsv, test\.tsv of"):
        read_split(folder, "train")
    with pytest.raises(UsageError):
        read_split(folder, "devel")


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="found none of"):
        read_split(tmp_path / "absent", "test")


def test_only_line_feeds_end_a_row(folder: Path) -> None:
    write(folder / "test.tsv", "\ufeffa\u2028b\t1\tx\r\nc\x85d\x0ce\t2\ty")
    split = read_split(folder, "test")
    assert split.texts == ["a\u2028b", "c\x85d\x0ce"]
    assert split.ids == ["x", "y"]


def test_quoted_texts_are_unquoted(folder: Path) -> None:
    write(folder / "test.tsv", '"He said ""no"" "\t1\tx\n"Stop" he said\t2\ty\nthe 5" one\t3\tz\n')
    assert read_split(folder, "test").texts == ['He said "no" ', '"Stop" he said', 'the 5" one']


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (f"{SECRET}\t1".encode(), "2 field"),
        (f"{SECRET}\t1\tx\ty".encode(), "4 field"),
        (b"", "1 field"),
        (f"{SECRET}\t28\tx".encode(), "outside 0 to 27"),
        (f"{SECRET}\t-1\tx".encode(), "whole number"),
        (f"{SECRET}\t{'9' * 5000}\tx".encode(), "whole number"),
        (f"{SECRET}\t\u0661\tx".encode(), "whole number"),
        (f"{SECRET}\t1,\tx".encode(), "whole number"),
        (f"1\t{SECRET}\tx".encode(), "whole number"),
        (f"{SECRET}\t3,3\tx".encode(), "repeated"),
        (f"{SECRET}\t\tx".encode(), "no label"),
        (b" \t1\tx", "empty text"),
        (b'""\t1\tx', "empty text"),
        (f"{SECRET}\xff\t1\tx".encode("latin-1"), "UTF-8"),
        (f"{SECRET}\0\t1\tx".encode(), "NUL"),
    ],
)
def test_malformed_rows(folder: Path, row: bytes, found: str) -> None:
    message = refusal(folder, b"fine\t1\tx\n" + row + b"\nfine\t2\ty\n")
    assert f"{folder / 'test.tsv'}, line 2: " in message
    assert found in message
    assert "1 found otherwise" in message


def test_malformed_rows_are_collected(folder: Path) -> None:
    message = refusal(folder, b"bad\n" * 7)
    assert "line 5" in message
    assert "line 6" not in message
    assert "and 2 more" in message


def test_empty_file(folder: Path) -> None:
    assert "empty file" in refusal(folder, b"")


def test_labels_file_must_agree(folder: Path) -> None:
    write(folder / "emotions.txt", "\n".join(LABELS) + "\n")
    read_split(folder, "test")
    swapped = [LABELS[1], LABELS[0], *LABELS[2:]]
    write(folder / "emotions.txt", "\n".join(swapped))
    with pytest.raises(DataError, match=r"emotions\.txt, line 1"):
        read_split(folder, "test")
    write(folder / "emotions.txt", "\n".join(LABELS[:-1]))
    with pytest.raises(DataError, match=r"line 28.*found 27"):
        read_split(folder, "test")
    (folder / "emotions.txt").write_bytes(b"\xff")
    with pytest.raises(DataError, match="UTF-8"):
        read_split(folder, "test")


def test_repeats_and_masks(folder: Path) -> None:
    dataset = read_goemotions(folder)
    assert repeated_across_splits(dataset) == {
        ("train", "validation"): 1,
        ("train", "test"): 1,
        ("validation", "test"): 2,
    }
    mask = not_seen_in(dataset.test, [dataset.train])
    assert mask.dtype == np.bool_
    assert mask.tolist() == [True, False, True]
    assert not_seen_in(dataset.test, [dataset.train, dataset.validation]).tolist() == [
        False,
        False,
        True,
    ]
    assert not_seen_in(dataset.test, []).all()


def test_counts_that_are_not_official(folder: Path) -> None:
    notices = check_official_counts(read_goemotions(folder))
    assert len(notices) == 3
    assert "2 rows" in notices[0]
    assert "43,410" in notices[0]


@given(content=st.binary())
def test_arbitrary_bytes_never_crash(tmp_path_factory: pytest.TempPathFactory, content: bytes):
    folder = tmp_path_factory.mktemp("bytes")
    (folder / "test.tsv").write_bytes(content)
    with contextlib.suppress(EmoticareError):
        read_split(folder, "test")


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_characters="\t\n\r\0"), min_size=1, max_size=20
).filter(str.strip)
LABEL_IDS = st.lists(st.integers(0, 27), min_size=1, max_size=4, unique=True)


@given(rows=st.lists(st.tuples(TEXTS, LABEL_IDS), min_size=1, max_size=5))
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, list[int]]]):
    def quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if '"' in text else text

    folder = tmp_path_factory.mktemp("round")
    lines = [
        f"{quoted(text)}\t{','.join(map(str, ids))}\tid{i}\n" for i, (text, ids) in enumerate(rows)
    ]
    # A byte order mark is part of the first text only if it comes twice.
    write(folder / "test.tsv", "\ufeff" + "".join(lines))
    split = read_split(folder, "test")
    assert split.texts == [text for text, _ in rows]
    assert [set(np.flatnonzero(row)) for row in split.multi_hot] == [set(ids) for _, ids in rows]


@pytest.mark.full
def test_official_files(goemotions_folder: Path) -> None:
    dataset = read_goemotions(goemotions_folder)
    assert check_official_counts(dataset) == []
    assert repeated_across_splits(dataset) == {
        ("train", "validation"): 41,
        ("train", "test"): 32,
        ("validation", "test"): 10,
    }
    assert not any(text.startswith('"') and text.endswith('""') for text in dataset.train.texts)
