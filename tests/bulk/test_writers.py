"""What stands in the files that are written."""

import csv
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

FORMULAS = ["=1+1", "+1", "-happy", "@SUM(1)", "\tso happy", "\rso happy", '=so "happy", very']
PLAIN = ["so happy", "'=1", " =1", "1=1", "", "\n=1"]


def cells(path, delimiter=","):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file, delimiter=delimiter))


@pytest.mark.parametrize(("ending", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_no_cell_is_a_formula_where_that_is_asked_for(score, tmp_path, ending, delimiter):
    texts = FORMULAS + PLAIN
    rows = [[text, text, "-5"] for text in texts]
    with (tmp_path / "in.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["=id", "text", "n"], *rows])
    out, plain = tmp_path / f"safe.{ending}", tmp_path / f"plain.{ending}"
    score(tmp_path / "in.csv", out, settings={"safe_for_spreadsheets": True})
    header, *found = cells(out, delimiter)
    assert header[:3] == ["'=id", "text", "n"]
    expected = [f"'{text}" for text in FORMULAS] + PLAIN
    assert [row[:3] for row in found] == [[text, text, "'-5"] for text in expected]
    score(tmp_path / "in.csv", plain)
    assert [row[:3] for row in cells(plain, delimiter)[1:]] == rows
    assert [row[3:] for row in cells(plain, delimiter)] == [
        row[3:] for row in cells(out, delimiter)
    ]


def test_numbers_with_a_type_are_no_formulas(score, tmp_path):
    (tmp_path / "in.jsonl").write_text(json.dumps({"text": "-so happy", "n": -5, "x": -0.5}))
    pq.write_table(
        pa.table({"text": ["-so happy"], "n": [-5], "x": [-0.5]}), tmp_path / "in.parquet"
    )
    for name in ("in.jsonl", "in.parquet"):
        out = tmp_path / f"{name}.csv"
        score(tmp_path / name, out, settings={"safe_for_spreadsheets": True})
        assert cells(out)[1][:3] == ["'-so happy", "-5", "-0.5"]
