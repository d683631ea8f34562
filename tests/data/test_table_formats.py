import contextlib
import csv
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoticare.data.rows import Row, TableOptions, read_rows, row_faults
from emoticare.data.tabular import read_table
from emoticare.errors import DataError, EmoticareError, MissingExtraError, UsageError

SECRET = "my secret is out"


def write_parquet(path: Path, columns: dict[str, Any]) -> Path:
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    pq.write_table(pa.table(columns), path)
    return path


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def short(rows: list[Row]) -> list[tuple[str, tuple[str, ...], int]]:
    return [(row.text, row.labels, row.line) for row in rows]


def refusal(path: Path, **options: Any) -> str:
    with pytest.raises(DataError) as caught:
        read_table(path, TableOptions(**options))
    assert SECRET not in str(caught.value)
    return str(caught.value)


def test_csv(tmp_path: Path) -> None:
    content = '\ufefftext,n,labels\r\n"a, ""b""\nc",1,x| y\r\n\r\nd\u2028e,2,\r\nf,3,x'
    rows = read_table(write(tmp_path / "t.csv", content))
    assert short(rows) == [
        ('a, "b"\nc', ("x", "y"), 2),
        ("d\u2028e", (), 5),
        ("f", ("x",), 6),
    ]
    assert rows[0].id == "t.csv:2"


def test_tsv(tmp_path: Path) -> None:
    rows = read_table(write(tmp_path / "t.TSV", 'text\tlabels\n"a ""b"""\tx\n'))
    assert short(rows) == [('a "b"', ("x",), 2)]


def test_jsonl(tmp_path: Path) -> None:
    lines = [
        {"text": "a\u2028\n", "labels": ["x|y", "z"]},
        {"labels": "x|y", "text": "b", "more": 1},
        {"text": "c", "labels": []},
    ]
    content = "\n\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    rows = read_table(write(tmp_path / "t.jsonl", content))
    assert short(rows) == [("a\u2028\n", ("x|y", "z"), 1), ("b", ("x", "y"), 3), ("c", (), 5)]


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    write_parquet(path, {"text": ["a", "b"], "labels": [["x", "y"], []], "id": [7, 8]})
    rows = read_table(path, TableOptions(id_column="id"))
    assert short(rows) == [("a", ("x", "y"), 1), ("b", (), 2)]
    assert [row.id for row in rows] == ["7", "8"]
    write_parquet(path, {"text": ["a"], "labels": ["x|y"]})
    assert short(read_table(path)) == [("a", ("x", "y"), 1)]


def test_other_columns_and_delimiters(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "body,topic,key\na,x;y,k1\n")
    options = TableOptions(
        text_column="body", labels_column="topic", id_column="key", delimiter=";"
    )
    (row,) = read_table(path, options)
    assert (row.labels, row.id) == (("x", "y"), "k1")
    whole = TableOptions(text_column="body", labels_column="topic", delimiter=None)
    assert read_table(path, whole)[0].labels == ("x;y",)


@pytest.mark.parametrize(
    ("name", "content", "line", "found"),
    [
        ("t.csv", f"text,labels\n{SECRET}\n", 2, "1 field"),
        ("t.csv", f"text,labels\na,x\n{SECRET},x,y\n", 3, "3 field"),
        ("t.csv", "text,labels\n ,x\n", 2, "empty text"),
        ("t.csv", f"text,labels\n{SECRET}\0,x\n", 2, "NUL"),
        ("t.csv", f"text,labels\n{SECRET},x|x\n", 2, "repeated label"),
        ("t.csv", f"text,labels\n{SECRET},x||y\n", 2, "empty or not printable"),
        ("t.csv", f'text,labels\n"a\n{SECRET}\xff",x\n'.encode("latin-1"), 2, "UTF-8"),
        ("t.csv", f'text,labels\na,x\n"{SECRET}\n,x\n', 3, "quoting"),
        ("t.csv", f'text,labels\n"{SECRET}"b,x\n', 2, "quoting"),
        ("t.csv", f"text,labels\n{SECRET * 200_000},x\n", 2, "field limit"),
        ("t.jsonl", f'{{"text": "{SECRET}"\n', 1, "no JSON object"),
        ("t.jsonl", f'"{SECRET}"', 1, "no JSON object"),
        ("t.jsonl", "[" * 100_000, 1, "no JSON object"),
        ("t.jsonl", b'{"text": "\xff", "labels": []}', 1, "no JSON object"),
        ("t.jsonl", '{"text": "a\\ud800", "labels": []}', 1, "surrogate"),
        ("t.jsonl", '{"text": 1, "labels": []}', 1, "not a string"),
        ("t.jsonl", f'{{"text": "{SECRET}", "labels": [1]}}', 1, "list of strings"),
        ("t.jsonl", f'{{"text": "{SECRET}", "labels": null}}', 1, "list of strings"),
        ("t.jsonl", f'{{"text": "a", "labels": []}}\n{{"text": "{SECRET}"}}', 2, "list of strings"),
    ],
)
def test_malformed_rows(
    tmp_path: Path, name: str, content: str | bytes, line: int, found: str
) -> None:
    path = write(tmp_path / name, content)
    message = refusal(path)
    assert f"{path}, line {line}: " in message
    assert found in message


def test_malformed_rows_are_skipped_when_the_caller_keeps_account(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "text,labels\n,x\nb,x\n,x\n")
    faults = row_faults()
    assert short(read_rows(path, TableOptions(), faults)) == [("b", ("x",), 3)]
    assert faults.count == 2


@pytest.mark.parametrize("value", [None, 1.5, True, "a\nb"])
def test_odd_ids(tmp_path: Path, value: object) -> None:
    record = {"text": SECRET, "labels": [], "id": value}
    path = write(tmp_path / "t.jsonl", json.dumps(record))
    assert "line 1: an id" in refusal(path, id_column="id")


def test_unknown_column_names_the_likely_one(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "Text,label,n\na,x,1\n")
    assert "Did you mean 'Text'" in refusal(path)
    message = refusal(path, text_column="Text")
    assert "'labels', found the columns 'Text', 'label', 'n'" in message
    assert "Did you mean 'label'" in message


def test_unknown_column_in_the_other_formats(tmp_path: Path) -> None:
    path = write(tmp_path / "t.jsonl", '{"txt": "a", "labels": []}')
    assert "Did you mean 'txt'" in refusal(path)
    path = write_parquet(tmp_path / "t.parquet", {"txt": ["a"], "labels": ["x"]})
    assert "Did you mean 'txt'" in refusal(path)


def test_a_first_line_of_data_is_not_shown(tmp_path: Path) -> None:
    assert "first line" in refusal(write(tmp_path / "t.csv", f"{SECRET},x\nb,y\n"))


def test_a_column_named_twice(tmp_path: Path) -> None:
    assert "found several" in refusal(write(tmp_path / "t.csv", "text,text,labels\na,b,c\n"))


def test_files_that_are_no_tables(tmp_path: Path) -> None:
    assert "empty file" in refusal(write(tmp_path / "t.csv", ""))
    assert ".jsonl" in refusal(write(tmp_path / "t.xlsx", "a"))
    assert "FileNotFoundError" in refusal(tmp_path / "absent.csv")
    pytest.importorskip("pyarrow")
    assert "Parquet" in refusal(tmp_path / "absent.parquet")


def test_parquet_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"emoticare\[data\]"):
        read_table(tmp_path / "t.parquet")


@pytest.mark.parametrize(
    "options",
    [
        {"text_column": "labels"},
        {"delimiter": ""},
        {"on_problem": "ignore"},
        {"seed": -1},
        {"labels": ("a", "a")},
    ],
)
def test_options_that_make_no_sense(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        TableOptions(**options)


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
@given(content=st.binary(), headed=st.booleans())
def test_arbitrary_bytes_never_crash(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, content: bytes, headed: bool
):
    path = tmp_path_factory.mktemp("bytes") / f"t{suffix}"
    header = {".csv": b"text,labels\n", ".tsv": b"text\tlabels\n", ".parquet": b"PAR1"}
    path.write_bytes(header.get(suffix, b'{"text": "a", "labels": []}\n') * headed + content)
    with contextlib.suppress(EmoticareError):
        read_table(path)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda values: st.lists(values) | st.dictionaries(st.text(), values),
    max_leaves=4,
)


@given(records=st.lists(st.fixed_dictionaries({"text": JSON_VALUES, "labels": JSON_VALUES})))
def test_arbitrary_json_never_crashes(
    tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, Any]]
):
    path = write(tmp_path_factory.mktemp("json") / "t.jsonl", "\n".join(map(json.dumps, records)))
    with contextlib.suppress(EmoticareError):
        read_table(path)


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).filter(str.strip)
NAMES = st.lists(st.sampled_from(["x", "y", "long name", "é"]), unique=True).map(tuple)


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl"])
@given(rows=st.lists(st.tuples(TEXTS, NAMES), min_size=1, max_size=5))
def test_round_trip(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, rows: list[tuple[str, tuple[str, ...]]]
):
    path = tmp_path_factory.mktemp("round") / f"t{suffix}"
    with path.open("w", encoding="utf-8", newline="") as file:
        if suffix == ".jsonl":
            file.writelines(json.dumps({"text": t, "labels": names}) + "\n" for t, names in rows)
        else:
            writer = csv.writer(file, delimiter="," if suffix == ".csv" else "\t")
            writer.writerow(["text", "labels"])
            writer.writerows([t, "|".join(names)] for t, names in rows)
    assert [(row.text, row.labels) for row in read_table(path)] == rows
