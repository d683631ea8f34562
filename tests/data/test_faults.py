from pathlib import Path

import pytest

from emoticare.data.faults import (
    Faults,
    RowError,
    check_text,
    place,
    read_file,
    shown_name,
    split_lines,
)
from emoticare.errors import DataError


def test_only_a_line_feed_ends_a_line() -> None:
    content = "a\u2028b\x85c\x0cd\r\ne\rf\n\ng".encode()
    assert split_lines(content) == ["a\u2028b\x85c\x0cd\r\n".encode(), b"e\rf\n", b"\n", b"g"]
    assert split_lines(b"") == []
    assert split_lines(b"a\n") == [b"a\n"]


def test_faults_show_five_and_count_all() -> None:
    faults = Faults("good rows", "Fix them.")
    faults.stop_if_any()
    assert faults.as_dropped() == []
    for line in range(1, 8):
        faults.add(place(Path("t.csv"), line), "bad")
    with pytest.raises(DataError) as caught:
        faults.stop_if_any()
    assert str(caught.value).splitlines() == [
        "Expected good rows; 7 found otherwise:",
        *(f"  t.csv, line {line}: bad" for line in range(1, 6)),
        "  and 2 more",
        "Fix them.",
    ]
    assert len(faults.as_dropped()) == 1
    assert "7" in faults.as_dropped()[0]


def test_parquet_has_rows_not_lines() -> None:
    assert place(Path("t.parquet"), 3) == "t.parquet, row 3"


@pytest.mark.parametrize("text", ["", " \t\u2003", "a\0b", "a\ud800"])
def test_unusable_texts(text: str) -> None:
    with pytest.raises(RowError):
        check_text(text)


def test_names_that_may_be_texts_are_not_shown() -> None:
    assert shown_name("late delivery") == "'late delivery'"
    for text in ("I have never been so cross in my life", "What? No!", ""):
        assert text == "" or text not in shown_name(text)


def test_read_file_drops_the_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_bytes(b"\xef\xbb\xbfa")
    assert read_file(path) == b"a"
    with pytest.raises(DataError, match="IsADirectoryError"):
        read_file(tmp_path)
