"""CSV, TSV and JSON lines need no package beyond those of the core install."""

import gzip
import json
import subprocess
import sys

import pytest
from score_tables import read_csv

from emoticare import MissingExtraError
from emoticare.bulk.inputs import find_inputs

WITHOUT_PYARROW = """
import sys
sys.modules["pyarrow"] = None
from emoticare.cli import main
sys.argv = ["emoticare", *sys.argv[1:]]
main()
"""


@pytest.fixture
def score_without(tiny_model_folder, tmp_path):
    """Runs `emoticare score` as it runs where pyarrow is not installed."""

    def run(*arguments):
        command = [sys.executable, "-c", WITHOUT_PYARROW, "score", "--model", tiny_model_folder]
        return subprocess.run(
            [*map(str, command), *map(str, arguments), "--quiet"],
            capture_output=True, text=True, check=False, cwd=tmp_path,
        )  # fmt: skip

    return run


@pytest.mark.parametrize("source", ["csv", "tsv", "jsonl.gz"])
def test_text_formats_are_scored_without_pyarrow(score, score_without, table, tmp_path, source):
    path = tmp_path / f"in.{source}"
    if path != table:
        score(table, path)
        rename_columns(path)
    for target in ("csv", "tsv.gz", "jsonl"):
        done = score_without(path, "-o", f"without.{target}", "--scores", "top")
        assert (done.returncode, done.stderr) == (0, "")
        score(path, tmp_path / f"with.{target}", settings={"scores": "top"})
        without = (tmp_path / f"without.{target}").read_bytes()
        assert without == (tmp_path / f"with.{target}").read_bytes()


def rename_columns(path):
    """Scoring refuses a table that was scored before; this makes it new."""
    is_gzip = path.suffix == ".gz"
    content = path.read_bytes()
    content = (gzip.decompress(content) if is_gzip else content).replace(b"emotion_", b"first_")
    path.write_bytes(gzip.compress(content) if is_gzip else content)


@pytest.mark.parametrize("workers", [[], ["--workers", "2"]], ids=["one process", "two workers"])
def test_json_lines_become_a_table_without_pyarrow(score_without, tmp_path, workers):
    rows = [{"text": "so happy", "n": 1, "x": [1, {"a": 2}]}, {"n": 0.5, "text": "very sad"}]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = score_without("in.jsonl", "-o", "out.csv", *workers)
    assert (done.returncode, done.stderr) == (0, "")
    found = read_csv(tmp_path / "out.csv")
    assert [(row["n"], row["x"]) for row in found] == [("1.0", '[1, {"a": 2}]'), ("0.5", "")]


@pytest.mark.parametrize(
    ("source", "target"),
    [("in.csv", "out.parquet"), ("in.csv", "out.arrow"), ("in.csv", "out.csv.zst"),
     ("in.parquet", "out.csv"), ("in.csv", "-")],
)  # fmt: skip
def test_what_needs_pyarrow_says_so_before_it_begins(score_without, table, source, target):
    table.with_name("in.parquet").write_bytes(b"")
    before = sorted(table.parent.iterdir())
    options = ["--format", "arrow"] if target == "-" else []
    done = score_without(source, "-o", target, *options)
    assert done.returncode == 1
    assert "pip install 'emoticare[data]'" in done.stderr
    assert sorted(table.parent.iterdir()) == before


def test_scoring_text_files_does_not_import_pyarrow(tiny_model_folder, table, tmp_path):
    program = (
        "import sys; from emoticare.bulk import score_files; "
        f"score_files([{str(table)!r}], {str(tmp_path / 'out.csv')!r}, "
        f"model={str(tiny_model_folder)!r}); print('pyarrow' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    ("name", "package", "extra"),
    [("in.parquet", "pyarrow", "data"), ("in.csv.zst", "pyarrow", "data"),
     ("in.xlsx", "openpyxl", "excel")],
)  # fmt: skip
def test_an_input_whose_package_is_missing_says_so(tmp_path, monkeypatch, name, package, extra):
    monkeypatch.setitem(sys.modules, package, None)
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(MissingExtraError, match=rf"emoticare\[{extra}\]"):
        find_inputs([str(tmp_path / name)], None)
