"""Files in, counts out: the same numbers as the classifier's, whatever the format."""

import csv
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emoticare.bulk import ScoreSettings, score_files
from emoticare.errors import DataError, UsageError
from emoticare.labels import LABELS
from emoticare.report import ReportSettings, make_report

from .conftest import HOSTILE, TEXTS, write_table


def shares(report):
    return {row["name"]: row["texts"] for row in report.summary.overall}


def test_counts_are_those_of_the_classifier(tiny, tiny_artifact, tmp_path):
    table = write_table(tmp_path / "table.csv", 50)
    report = make_report([str(table)], ReportSettings(), model=tiny_artifact)
    predictions = tiny.predict([TEXTS[i % 5] for i in range(50)])
    for label in LABELS:
        assert shares(report)[label] == sum(label in p.labels for p in predictions)
    assert report.summary.quality.scored == 50


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "csv.gz", "arrow"])
def test_files_scored_before_give_the_same_report(ending, tiny_artifact, tmp_path):
    table = write_table(tmp_path / "table.csv", 100)
    settings = ReportSettings(time_column="when", group_column="team")
    fresh = make_report([str(table)], settings, model=tiny_artifact)
    scored = tmp_path / f"scored.{ending}"
    if ending == "jsonl":
        content = table.read_text(encoding="utf-8").splitlines()
        lines = [json.dumps(row) for row in csv.DictReader(content)]
        table = tmp_path / "table.jsonl"
        table.write_text("\n".join(lines), encoding="utf-8")
    score_files([str(table)], str(scored), ScoreSettings(scores="all"), model=tiny_artifact)
    again = make_report([str(scored)], settings, model=tiny_artifact)
    assert again.summary.quality.scored_before == 100
    assert fresh.summary.quality.scored_before == 0
    for part in ("overall", "course", "changes", "groups", "together"):
        assert getattr(again.summary, part) == getattr(fresh.summary, part)


def test_several_files_are_one_report(tiny_artifact, tmp_path):
    parts = [str(write_table(tmp_path / f"{name}.csv", 30)) for name in "ab"]
    assert make_report(parts, model=tiny_artifact).summary.quality.scored == 60


def test_ten_rows_are_enough(tiny_artifact, tmp_path, settings):
    table = write_table(tmp_path / "ten.csv", 10)
    report = make_report([str(table)], settings, model=tiny_artifact)
    assert report.summary.changes == []
    assert report.summary.course == []
    assert "Few texts: 10." in report.to_html()


def test_one_row_is_a_report_too(tiny_artifact, tmp_path, settings):
    table = write_table(tmp_path / "one.csv", 1)
    report = make_report([str(table)], settings, model=tiny_artifact)
    assert {figure.name for figure in report.figures} <= {"emotions", "together"}
    assert "by more than chance" not in report.to_html()


def test_the_change_is_found_and_told(report):
    changes = [row for row in report.summary.changes if row["name"] == "admiration"]
    assert [row["when"][:7] for row in changes] in (["2024-06"], ["2024-07"])
    assert changes[0]["before"] < 0.2
    assert changes[0]["after"] > 0.5
    assert "admiration rose from" in report.to_html()


def test_bad_rows_are_counted_by_reason(tiny_artifact, tmp_path):
    table = tmp_path / "bad.csv"
    table.write_text("text,when,team\nso happy,,\n,2024-01-01,a\nsad,tomorrow,b\nx,1970-01-01,b\n")
    settings = ReportSettings(time_column="when", group_column="team")
    with pytest.raises(DataError, match="none that can be read"):
        make_report([str(table)], settings, model=tiny_artifact)
    with table.open("a") as sink:
        sink.write("happy,2024-02-03,b\nhappy day\n")
    quality = make_report([str(table)], settings, model=tiny_artifact).summary.quality
    assert (quality.rows, quality.scored) == (6, 4)
    assert dict(quality.faults) == {"no text": 1, "1 fields, but 3 columns": 1}
    assert (quality.times_missing, quality.times_unreadable, quality.times_odd) == (1, 1, 1)
    assert quality.groups_missing == 1


def test_scores_that_make_no_sense_are_no_scores(scored_table, tiny_artifact, settings, tmp_path):
    lines = scored_table.read_text(encoding="utf-8").splitlines()
    lines[1] = lines[1].rsplit(",", 1)[0] + ",7.5"
    lines[2] = lines[2].rsplit(",", 1)[0] + ",nan"
    lines[3] = lines[3].rsplit(",", 1)[0] + ","
    table = tmp_path / "odd.csv"
    table.write_text("\n".join(lines), encoding="utf-8")
    quality = make_report([str(table)], settings, model=tiny_artifact).summary.quality
    assert quality.rows - quality.scored == 3
    assert list(quality.faults) == ["no scores, though other rows have them"]


@pytest.mark.parametrize("column", ["time_column", "group_column", "text_column"])
def test_a_column_that_is_not_there_is_named(column, tiny_artifact, scored_table):
    settings = replace(ReportSettings(), **{column: "nowhere"})
    with pytest.raises(DataError, match="'nowhere'"):
        make_report([str(scored_table)], settings, model=tiny_artifact)


def test_groups_without_end_do_not_fill_the_memory(tiny_artifact, tmp_path):
    count = 1500
    table = pa.table(
        {
            "text": ["so happy"] * count,
            "user": [f"u{i}" for i in range(count)],
            **{f"emotion_score_{label}": np.full(count, 0.9, np.float32) for label in LABELS},
        }
    )
    pq.write_table(table, tmp_path / "users.parquet")
    settings = ReportSettings(group_column="user")
    summary = make_report([str(tmp_path / "users.parquet")], settings, model=tiny_artifact).summary
    assert summary.n_groups == 1000
    assert summary.quality.rows_of_more_groups == 500


def test_settings_that_make_no_sense_are_refused():
    with pytest.raises(UsageError, match="named twice"):
        ReportSettings(text_column="a", time_column="a")
    with pytest.raises(UsageError, match="Europe/Berlin"):
        ReportSettings(timezone="Mars/Phobos")


def test_figures_are_pictures_and_tables(report, tmp_path):
    written = report.write_figures(tmp_path / "figures")
    names = sorted({path.stem for path in written})
    assert names == [
        "changes", "emotion_over_time", "emotions", "emotions_over_time", "group_intervals",
        "groups", "sentiments_over_time", "together",
    ]  # fmt: skip
    for path in written:
        if path.suffix == ".png":
            assert path.read_bytes().startswith(b"\x89PNG")
    with (tmp_path / "figures" / "groups.csv").open(encoding="utf-8", newline="") as source:
        groups = {row["group"] for row in csv.DictReader(source)}
    # What a spreadsheet would take for a formula is kept from being one.
    assert "'=blue" in groups
    assert "=blue" not in groups


def test_private_keeps_every_text_out(tiny_artifact, tmp_path, scored_table, settings):
    report = make_report([str(scored_table)], replace(settings, private=True), model=tiny_artifact)
    page = report.to_html()
    files = [path.read_bytes() for path in report.write_figures(tmp_path / "figures")]
    for text in TEXTS:
        assert text[:20] not in page
        assert all(text[:20].encode() not in content for content in files)


def test_hostile_text_is_only_text(report):
    page = report.to_html()
    assert "so sad about this" in page
    assert HOSTILE not in page
    assert page.count("<script") == page.count("</script>") == 2


def test_without_the_extra_its_name_is_told():
    program = """
import sys
sys.modules["vl_convert"] = None
sys.argv = ["emoticare", "report", "in.csv", "-o", "out.html"]
from emoticare.cli import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1
    assert "pip install 'emoticare[report]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_package_is_told_as_a_sentence():
    code = "import sys; sys.modules['vl_convert'] = None; import emoticare.report"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "Making a report needs packages that are not installed." in done.stderr
    assert "emoticare[report]" in done.stderr
