from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoticare.data.unlabelled import read_unlabelled
from emoticare.errors import DataError, EmoticareError


def test_plain_text_is_a_text_a_line(tmp_path: Path) -> None:
    path = tmp_path / "texts.txt"
    path.write_bytes("first\r\nsecond\u2028still second\nthird".encode())
    assert read_unlabelled(path) == ["first", "second\u2028still second", "third"]


def test_tsv_without_names_has_the_text_last(tmp_path: Path) -> None:
    path = tmp_path / "neutral.tsv"
    path.write_text("9\tYeah.\n9\t\n9\t  \n9\tTwo pair.\n", encoding="utf-8")
    assert read_unlabelled(path) == ["Yeah.", "Two pair."]


def test_csv_has_the_text_in_its_column(tmp_path: Path) -> None:
    path = tmp_path / "news.csv"
    path.write_text('id,text\n1,"a, ""b"""\n2,c\n', encoding="utf-8")
    assert read_unlabelled(path) == ['a, "b"', "c"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [(b"good\n\xff\n", "not UTF-8"), (b"good\na\0\n", "NUL")],
)
def test_a_bad_row_is_named_by_its_line(tmp_path: Path, content: bytes, fault: str) -> None:
    path = tmp_path / "texts.txt"
    path.write_bytes(content)
    with pytest.raises(DataError, match=rf"texts\.txt, line 2: .*{fault}"):
        read_unlabelled(path)


@given(content=st.binary(max_size=60), ending=st.sampled_from([".txt", ".tsv", ".csv", ".jsonl"]))
def test_any_bytes_give_texts_or_one_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, ending: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"any{ending}"
    path.write_bytes(content)
    try:
        texts = read_unlabelled(path)
    except EmoticareError:
        return
    assert all(text.strip() for text in texts)
