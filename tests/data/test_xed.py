from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoticare.data.xed import XED_EMOTIONS, read_xed
from emoticare.errors import DataError


def test_rows_as_the_file_has_them(tmp_path: Path) -> None:
    path = tmp_path / "xed.tsv"
    path.write_text("!\t1, 4, 7\nGet up .\t8\n", encoding="utf-8")
    lines = read_xed(path)
    assert lines.texts == ["!", "Get up ."]
    found = [[XED_EMOTIONS[i] for i in row.nonzero()[0]] for row in lines.multi_hot]
    assert found == [["anger", "fear", "surprise"], ["trust"]]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (b"no ids", "1 field"),
        (b"a\t1\tb", "3 field"),
        (b"a\t9", "an id outside"),
        (b"a\t", "an id outside"),
        (b"\xff\t1", "not UTF-8"),
        (b"  \t1", "an empty text"),
    ],
)
def test_a_bad_row_is_named_by_its_line(tmp_path: Path, row: bytes, fault: str) -> None:
    path = tmp_path / "xed.tsv"
    path.write_bytes(b"good\t1\n" + row + b"\n")
    with pytest.raises(DataError, match=rf"xed\.tsv, line 2: .*{fault}"):
        read_xed(path)


@given(content=st.binary(max_size=60))
def test_any_bytes_give_lines_or_one_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.tsv"
    path.write_bytes(content)
    try:
        lines = read_xed(path)
    except DataError:
        return
    assert lines.multi_hot.any(axis=1).all()
