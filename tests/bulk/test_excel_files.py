"""Excel workbooks, read and written; needs openpyxl."""

import datetime as dt
import json
import random
import zipfile
from contextlib import suppress

import openpyxl
import pytest
from score_tables import N_ROWS, read_csv, read_jsonl, write_csv

from emoticare import DataError, UsageError
from emoticare.bulk import excel_files

DAY = dt.datetime(2024, 2, 29, 12, 30)


@pytest.fixture
def workbook(tmp_path):
    """Writes sheets, lists of rows by name, to a workbook."""

    def make(**sheets):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in sheets.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        book.save(tmp_path / "in.xlsx")
        return tmp_path / "in.xlsx"

    return make


def cells(path):
    return [list(row) for row in openpyxl.load_workbook(path).active.iter_rows(values_only=True)]


def test_a_sheet_is_scored_and_keeps_its_numbers_and_dates(score, workbook, tmp_path, tiny):
    path = workbook(
        one=[["id", "text", "day", "ok", "x"], [1, "so happy", DAY, True, 2.5],
             [2, "i hate it", None, False, "=1+1"]],
    )  # fmt: skip
    path_of = {ending: tmp_path / f"out.{ending}" for ending in ("xlsx", "csv", "jsonl")}
    for out in path_of.values():
        score(path, out)
    labels = ["|".join(p.labels) or None for p in tiny.predict(["so happy", "i hate it"])]
    assert cells(path_of["xlsx"]) == [
        ["id", "text", "day", "ok", "x", "emotion_labels", "emotion_error"],
        [1, "so happy", DAY, True, 2.5, labels[0], None],
        # Of a formula, what it came to is read, and openpyxl works out none.
        [2, "i hate it", None, False, None, labels[1], None],
    ]
    row = read_csv(path_of["csv"])[0]
    assert (row["id"], row["day"], row["ok"], row["x"]) == (
        "1", "2024-02-29T12:30:00", "true", "2.5",
    )  # fmt: skip
    assert read_jsonl(path_of["jsonl"])[0]["x"] == 2.5


def test_a_text_that_looks_like_a_formula_is_written_as_a_text(score, tmp_path):
    texts = ["=1+1", "#N/A", "so \x01 happy", "x" * 40_000]
    write_csv(tmp_path / "in.csv", [[str(i), text, ""] for i, text in enumerate(texts)])
    score(tmp_path / "in.csv", tmp_path / "out.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    found = [sheet.cell(row, 2) for row in range(2, 6)]
    assert {cell.data_type for cell in found} == {"s"}
    assert [cell.value for cell in found[:3]] == ["=1+1", "#N/A", "so \ufffd happy"]
    assert found[3].value == "x" * 32_766 + "…"


def test_numbers_and_dates_that_a_sheet_cannot_hold_are_texts(score, tmp_path):
    row = {"text": "so happy", "n": 2**60, "l": [1, "a"], "o": {"a": 1}, "b": True}
    (tmp_path / "in.jsonl").write_text(json.dumps(row))
    score(tmp_path / "in.jsonl", tmp_path / "out.xlsx", settings={"scores": "top"})
    found = cells(tmp_path / "out.xlsx")[1]
    assert found[:5] == ["so happy", str(2**60), '[1, "a"]', '{"a": 1}', True]
    assert 0 <= found[7] <= 1


def test_a_number_in_the_column_of_texts_is_a_text(score, workbook, tmp_path):
    score(workbook(one=[["text"], [10], ["so happy"]]), tmp_path / "out.csv")
    assert [(row["text"], row["emotion_error"]) for row in read_csv(tmp_path / "out.csv")] == [
        ("10", ""), ("so happy", ""),
    ]  # fmt: skip


def test_a_sheet_by_its_name_and_empty_rows(score, workbook, tmp_path):
    path = workbook(one=[["n"], [1]], two=[["text", "n"], [], ["so happy"], ["sad", 1, 2], []])
    with pytest.raises(DataError, match="expected a column 'text'"):
        score(path, tmp_path / "out.csv")
    with pytest.raises(DataError, match="expected a sheet 'three', found 'one', 'two'"):
        score(path, tmp_path / "out.csv", settings={"table": "three"})
    score(path, tmp_path / "out.csv", settings={"table": "two"})
    found = [
        (row["text"], row["n"], row["emotion_error"]) for row in read_csv(tmp_path / "out.csv")
    ]
    assert found == [("so happy", "", ""), ("sad", "1", "3 fields, but 2 columns")]


def test_a_sheet_becomes_a_typed_table_of_texts(score, workbook, tmp_path):
    import pyarrow.parquet as pq

    path = workbook(one=[["text", "x"], ["so happy", 1], ["sad", DAY]])
    score(path, tmp_path / "out.parquet")
    assert pq.read_table(tmp_path / "out.parquet")["x"].to_pylist() == ["1", DAY.isoformat()]


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06" + bytes(18), b"text\nso happy\n"])
def test_what_is_no_workbook_is_refused(score, tmp_path, content):
    (tmp_path / "in.xlsx").write_bytes(content)
    with pytest.raises(DataError, match="expected a whole workbook"):
        score(tmp_path / "in.xlsx", tmp_path / "out.csv")


def test_a_damaged_workbook_is_an_answer(score, workbook, tmp_path):
    whole = workbook(one=[["text"], *[["so happy"]] * 20]).read_bytes()
    rng = random.Random(1)
    for _ in range(40):
        place = rng.randrange(len(whole))
        content = whole[:place] + bytes([whole[place] ^ 64]) + whole[place + 1 :]
        (tmp_path / "in.xlsx").write_bytes(content)
        with suppress(DataError):
            score(tmp_path / "in.xlsx", tmp_path / "out.csv", restart=True)


def test_a_workbook_far_larger_than_it_looks_is_refused(score, tmp_path, monkeypatch):
    monkeypatch.setattr(excel_files, "_MOST_BYTES", 2**20)
    with zipfile.ZipFile(tmp_path / "in.xlsx", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/workbook.xml", bytes(2**20 + 1))
    with pytest.raises(DataError, match="Save the sheet as CSV"):
        score(tmp_path / "in.xlsx", tmp_path / "out.csv")


def test_more_rows_than_a_sheet_holds_are_refused(score, table, tmp_path, monkeypatch):
    from emoticare.bulk.formats import TableFormat

    monkeypatch.setattr(TableFormat, "most_rows", N_ROWS - 1)
    with pytest.raises(UsageError, match="at most 59 rows"):
        score(table, tmp_path / "out.xlsx")
