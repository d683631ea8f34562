import gzip
import json
import os
import shutil
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from score_tables import N_ROWS, contents, read_csv, read_jsonl, write_csv

from emoticare import DataError, UsageError
from emoticare.bulk import manifest as manifests
from emoticare.bulk import storage as storages
from emoticare.bulk.formats import FORMAT_NAMES, parse_format
from emoticare.errors import EmoticareError
from emoticare.labels import LABELS


def test_every_row_is_kept_in_place_with_its_emotions(score, table, tmp_path, tiny):
    summary = score(table, tmp_path / "out.csv")
    rows = read_csv(tmp_path / "out.csv")
    assert list(rows[0]) == ["id", "text", "n", "emotion_labels", "emotion_error"]
    assert [row["id"] for row in rows] == [f"{i:03}" for i in range(N_ROWS)]
    expected = tiny.predict(row["text"] for row in rows)
    assert [row["emotion_labels"] for row in rows] == ["|".join(p.labels) for p in expected]
    assert (summary.rows, summary.failures, summary.rows_this_run) == (N_ROWS, 0, N_ROWS)
    assert sum(summary.label_counts.values()) == sum(len(p.labels) for p in expected)
    assert tuple(summary.label_counts) == LABELS
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]


def test_all_scores_and_the_best_one(score, table, tmp_path, tiny):
    score(table, tmp_path / "all.parquet", settings={"scores": "all"})
    score(table, tmp_path / "top.parquet", settings={"scores": "top", "threshold": 1.0})
    every, top = (pq.read_table(tmp_path / f"{name}.parquet") for name in ("all", "top"))
    expected = tiny.predict_proba(every["text"].to_pylist())
    found = np.array([every[f"emotion_score_{label}"].to_numpy() for label in LABELS]).T
    np.testing.assert_array_equal(found, expected)
    assert top["emotion_top_label"].to_pylist() == [LABELS[i] for i in expected.argmax(axis=1)]
    np.testing.assert_array_equal(top["emotion_top_score"].to_numpy(), expected.max(axis=1))
    assert set(map(tuple, top["emotion_labels"].to_pylist())) == {()}


def test_warnings_and_abstaining(score, table, tmp_path, tiny):
    texts = ["so happy", "12 34", "so happy " * 200]
    write_csv(
        table, [["1", texts[0], ""], ["2", " ", ""], ["3", texts[1], ""], ["4", texts[2], ""]]
    )
    settings = {"warnings": True, "abstain": True, "threshold": 0.0}
    score(table, tmp_path / "out.jsonl", settings=settings)
    rows = read_jsonl(tmp_path / "out.jsonl")
    assert list(rows[0])[3:] == ["emotion_labels", "emotion_warnings", "emotion_error"]
    (happy, _, no_words, long), expected = rows, tiny.predict(texts, abstain=True)
    assert rows[1]["emotion_warnings"] is None
    assert [happy["emotion_warnings"], no_words["emotion_warnings"], long["emotion_warnings"]] == [
        p.warnings for p in expected
    ]
    assert (no_words["emotion_warnings"], no_words["emotion_labels"]) == (["too_short"], [])
    assert (len(happy["emotion_labels"]), len(long["emotion_labels"])) == (28, 28)
    score(table, tmp_path / "out.csv", settings={"warnings": True})
    found = [row["emotion_warnings"] for row in read_csv(tmp_path / "out.csv")]
    assert found == ["", "", "too_short", "truncated"]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_groups_are_those_of_the_prediction(score, tmp_path, tiny, ending):
    write_csv(tmp_path / "in.csv", [["1", "so happy", ""], ["2", " ", ""]])
    settings = {"groups": True, "warnings": True}
    score(tmp_path / "in.csv", tmp_path / f"out.{ending}", settings=settings)
    out = tmp_path / f"out.{ending}"
    one, two = read_csv(out) if ending == "csv" else pq.read_table(out).to_pylist()
    expected = {
        f"emotion_{grouping}_{group}": pytest.approx(score, abs=1e-6)
        for grouping, groups in tiny("so happy").groups.items()
        for group, score in groups.items()
    }
    assert {name: float(one[name]) for name in expected} == expected
    assert {two[name] for name in expected} <= {None, ""}
    names = [name for name in one if name.startswith("emotion_")]
    assert names == ["emotion_labels", *expected, "emotion_warnings", "emotion_error"]


def test_groups_need_a_model_that_has_them(score, tmp_path, tiny_artifact):
    config = replace(tiny_artifact.config, labels=("praise", *LABELS[1:]))
    ungroupable = replace(tiny_artifact, config=config)
    write_csv(tmp_path / "in.csv", [["1", "so happy", ""]])
    with pytest.raises(UsageError, match="to group them"):
        score(
            tmp_path / "in.csv", tmp_path / "out.csv", settings={"groups": True}, model=ungroupable
        )
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_a_table_of_bad_rows_alone_has_no_warnings(score, table, tmp_path):
    write_csv(table, [["1", " ", ""], ["2", "", ""]])
    summary = score(table, tmp_path / "out.jsonl", settings={"warnings": True, "abstain": True})
    assert summary.failures == 2
    assert {row["emotion_warnings"] for row in read_jsonl(tmp_path / "out.jsonl")} == {None}


def test_a_bad_row_keeps_its_place_and_says_why(score, mixed_table, tmp_path):
    summary = score(mixed_table, tmp_path / "out.jsonl")
    rows = read_jsonl(tmp_path / "out.jsonl")
    bad = {row["id"]: row["emotion_error"] for row in rows if row["emotion_error"]}
    assert bad == {
        "a": "invalid UTF-8",
        "b": "no text",
        "c": "too long: 1020000 characters, at most 1000000",
        "d": "5 fields, but 3 columns",
        "e": "broken quoting, or a field far too long",
    }
    assert all((row["emotion_labels"] is None) == bool(row["emotion_error"]) for row in rows)
    assert (summary.rows, summary.failures) == (N_ROWS + 5, 5)
    good = [row for row in rows if not row["emotion_error"]]
    assert [row["id"] for row in good] == [f"{i:03}" for i in range(N_ROWS)]
    assert all("\n" in row["text"] for row in good)


@pytest.mark.parametrize("name", [name for name in FORMAT_NAMES if not parse_format(name).is_whole])
def test_every_format_is_written_and_read_again(score, mixed_table, tmp_path, name):
    score(mixed_table, tmp_path / "reference.jsonl")
    score(mixed_table, tmp_path / f"out.{name}")
    columns = {"emotion_labels": "first_labels", "emotion_error": "first_error"}
    reread = tmp_path / "reread.jsonl"
    path = rename_columns(tmp_path / f"out.{name}", name, columns, tmp_path)
    score(path, reread)
    reference = read_jsonl(tmp_path / "reference.jsonl")
    rows = read_jsonl(reread)
    assert [row["id"] for row in rows] == [row["id"] for row in reference]
    assert [row["emotion_labels"] for row in rows if not row["first_error"]] == [
        row["emotion_labels"] for row in reference if not row["emotion_error"]
    ]


def rename_columns(path, name, columns, tmp_path):
    """Scoring refuses a table that was scored before; this makes it new."""
    new = tmp_path / f"renamed.{name}"
    if name in {"parquet", "arrow"}:
        table = pq.read_table(path) if name == "parquet" else pa.ipc.open_file(path).read_all()
        table = table.rename_columns([columns.get(c, c) for c in table.column_names])
        if name == "parquet":
            pq.write_table(table, new)
        else:
            with pa.ipc.new_file(new, table.schema) as writer:
                writer.write_table(table)
        return new
    content = path.read_bytes()
    codec = {"gz": "gzip", "zst": "zstd"}.get(name.partition(".")[2])
    if codec:
        content = pa.input_stream(path, compression=codec).read()
    for old, other in columns.items():
        content = content.replace(old.encode(), other.encode())
    with pa.output_stream(new, compression=codec) as file:
        file.write(content)
    return new


def test_a_folder_holds_shards_in_order(score, table, tmp_path):
    score(table, f"{tmp_path}/out/", output_format="csv.gz")
    shards = contents(tmp_path / "out")
    assert list(shards) == [f"part-00000-{i:05}.csv.gz" for i in range(8)]
    texts = [gzip.decompress(content).decode() for content in shards.values()]
    assert {text.split("\n")[0] for text in texts} == {"id,text,n,emotion_labels,emotion_error"}
    ids = [line.split(",")[0] for text in texts for line in text.splitlines()[1:]]
    assert ids == [f"{i:03}" for i in range(N_ROWS)]
    assert all(content[4:8] == bytes(4) for content in shards.values()), "a time stamp"


def test_many_files_in_order(score, tmp_path):
    folder = tmp_path / "in"
    (folder / "deeper").mkdir(parents=True)
    for number, name in enumerate(["a.csv", "b.csv", "deeper/c.csv"]):
        write_csv(folder / name, [[f"{number}{i}", "so happy", ""] for i in range(10)])
    (folder / "notes.txt").write_text("no table")
    (folder / "_hidden.csv").write_text("no,table")
    expected = [f"{number}{i}" for number in range(3) for i in range(10)]
    for inputs in (folder, str(folder / "**" / "[abc].csv"), [folder / "a.csv", folder / "b.csv",
                   folder / "deeper" / "c.csv"]):  # fmt: skip
        score(inputs, tmp_path / "out.csv", restart=True)
        assert [row["id"] for row in read_csv(tmp_path / "out.csv")] == expected


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "arrow", "csv.gz"])
def test_an_empty_table_stays_a_table(score, tmp_path, ending):
    write_csv(tmp_path / "in.csv", [])
    summary = score(tmp_path / "in.csv", tmp_path / f"out.{ending}")
    assert summary.rows == 0
    if ending == "csv":
        header = "id,text,n,emotion_labels,emotion_error\n"
        assert (tmp_path / "out.csv").read_text() == header
    if ending == "parquet":
        assert pq.read_table(tmp_path / "out.parquet").num_rows == 0


class Killed(BaseException):
    """Ends a run as a kill would, where the test wants it."""


def dying_write(write, n_whole, place):
    """Write so many files, and dies before or after the next."""
    calls = 0

    def dying(self, path, write_content):
        nonlocal calls
        calls += 1
        if calls > n_whole and place == "before":
            raise Killed
        result = write(self, path, write_content)
        if calls > n_whole:
            raise Killed
        return result

    return dying


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.parametrize("target", ["out.parquet", "out.csv.gz", "out.json", "out.db", "folder/"])
def test_a_run_that_dies_at_any_write_goes_on(score, table, tmp_path, monkeypatch, target, place):
    arguments = {"output_format": "jsonl" if target == "folder/" else None}
    score(table, f"{tmp_path}/{target}", **arguments)
    died = True
    n_whole = 0
    while died:
        folder = tmp_path / str(n_whole)
        folder.mkdir()
        with monkeypatch.context() as patch:
            write = storages.LocalStorage.write
            patch.setattr(storages.LocalStorage, "write", dying_write(write, n_whole, place))
            try:
                score(table, f"{folder}/{target}", **arguments)
                died = False
            except Killed:
                n_whole += 1
        if died:
            score(table, f"{folder}/{target}", **arguments)
        if target == "folder/":
            assert contents(folder / target) == contents(tmp_path / target)
        else:
            assert (folder / target).read_bytes() == (tmp_path / target).read_bytes()
            assert [path.name for path in folder.iterdir()] == [target]
    assert n_whole > 10


def test_long_texts_make_fewer_rows_a_shard(score, tmp_path):
    n_rows = 5000
    write_csv(tmp_path / "in.csv", [[str(i), "so happy " * 120, ""] for i in range(n_rows)])
    settings = {"shard_rows": n_rows}
    with pytest.raises(KeyboardInterrupt):
        score(
            tmp_path / "in.csv", tmp_path / "out.csv", settings=settings, on_progress=stop_after(1)
        )
    summary = score(tmp_path / "in.csv", tmp_path / "out.csv", settings=settings)
    assert 0 < summary.rows_this_run < n_rows == summary.rows


def stop_after(n_shards):
    """Let a run go on for so many shards."""
    seen = 0

    def on_progress(progress):
        nonlocal seen
        seen += not progress.rows_in_work
        if seen > n_shards:
            raise KeyboardInterrupt

    return on_progress


def start(score, table, out, n_shards=3, **arguments):
    with pytest.raises(KeyboardInterrupt):
        score(table, out, on_progress=stop_after(n_shards), **arguments)


def test_a_resumed_run_scores_only_the_rest(score, table, tmp_path):
    start(score, table, tmp_path / "out.csv")
    assert (tmp_path / "out.csv.partial" / "manifest.json").is_file()
    summary = score(table, tmp_path / "out.csv")
    assert (summary.rows, summary.rows_this_run) == (N_ROWS, N_ROWS - 24)
    assert len(read_csv(tmp_path / "out.csv")) == N_ROWS


def test_a_finished_folder_is_left_alone(score, table, tmp_path):
    score(table, f"{tmp_path}/out/", output_format="csv")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("part-*")}
    assert score(table, f"{tmp_path}/out/", output_format="csv").rows_this_run == 0
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "out").glob("part-*")} == before


def test_a_shard_that_is_gone_or_cut_is_scored_again(score, table, tmp_path):
    score(table, f"{tmp_path}/out/", output_format="csv")
    whole = contents(tmp_path / "out")
    (tmp_path / "out" / "part-00000-00002.csv").unlink()
    (tmp_path / "out" / "part-00000-00004.csv").write_bytes(b"id")
    assert score(table, f"{tmp_path}/out/", output_format="csv").rows_this_run == 16
    assert contents(tmp_path / "out") == whole


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scores": "all"}, "scores was 'none' and is 'all'"),
        ({"threshold": 0.3}, "threshold was None and is 0.3"),
        ({"shard_rows": 9}, "shard_rows was 8 and is 9"),
        ({"table": "other"}, "table was None and is 'other'"),
        (
            {"safe_for_spreadsheets": True},
            "safe_for_spreadsheets was False and is True",
        ),
    ],
)
def test_another_setting_is_refused(score, table, tmp_path, change, message):
    start(score, table, tmp_path / "out.csv")
    with pytest.raises(UsageError, match=message):
        score(table, tmp_path / "out.csv", settings=change)
    score(table, tmp_path / "out.csv", settings=change, restart=True)
    assert len(read_csv(tmp_path / "out.csv")) == N_ROWS


def test_another_input_is_refused(score, table, tmp_path):
    start(score, table, tmp_path / "out.csv")
    os.utime(table, ns=(1, 1))
    with pytest.raises(UsageError, match=r"the input .*in.csv has changed.*--restart"):
        score(table, tmp_path / "out.csv")
    other = shutil.copy(table, tmp_path / "other.csv")
    with pytest.raises(UsageError, match="other files"):
        score(other, tmp_path / "out.csv")


def test_another_model_is_refused(score, table, tmp_path, tiny_artifact):
    start(score, table, tmp_path / "out.csv")
    manifest = tmp_path / "out.csv.partial" / "manifest.json"
    content = json.loads(manifest.read_text())
    del content["sha256"]
    content["key"]["model"] = "0" * 64
    manifest.write_text(json.dumps({**content, "sha256": manifests._sum(content)}))
    with pytest.raises(UsageError, match="the model is another one"):
        score(table, tmp_path / "out.csv")


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"format": 1}', "\x00"])
def test_a_damaged_manifest_is_refused(score, table, tmp_path, content):
    start(score, table, tmp_path / "out.csv")
    (tmp_path / "out.csv.partial" / "manifest.json").write_text(content)
    with pytest.raises(UsageError, match="--restart"):
        score(table, tmp_path / "out.csv")
    assert score(table, tmp_path / "out.csv", restart=True).rows_this_run == N_ROWS


def test_an_input_that_grows_while_it_is_read_is_refused(score, table, tmp_path):
    def grow(_):
        with table.open("a") as file:
            file.write("more,so happy,1\n")

    with pytest.raises(DataError, match="changed while it was read"):
        score(table, tmp_path / "out.csv", on_progress=grow)


def test_what_exists_is_not_overwritten(score, table, tmp_path):
    out = tmp_path / "out.csv"
    out.write_text("mine")
    with pytest.raises(UsageError, match="Expected a new output"):
        score(table, out)
    assert out.read_text() == "mine"
    score(table, out, restart=True)
    assert len(read_csv(out)) == N_ROWS
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    for restart in (False, True):
        with pytest.raises(UsageError, match="other files"):
            score(table, tmp_path / "mine", restart=restart)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_a_second_run_on_one_output_is_refused(score, table, tmp_path):
    def second(_):
        with pytest.raises(UsageError, match="no other run"):
            score(table, tmp_path / "out.csv")
        seen.append(True)

    seen: list[bool] = []
    score(table, tmp_path / "out.csv", on_progress=second)
    assert seen


@pytest.mark.parametrize("out", ["in.csv", "in/out.csv", "in"])
def test_the_output_may_not_be_an_input(score, table, tmp_path, out):
    (tmp_path / "in").mkdir()
    shutil.copy(table, tmp_path / "in" / "a.csv")
    with pytest.raises(UsageError, match="apart from the inputs"):
        score([table, tmp_path / "in"], tmp_path / out)


def test_strict_stops_at_the_first_bad_row(score, mixed_table, tmp_path):
    with pytest.raises(DataError, match=r"mixed.csv, row 1: .*found invalid UTF-8"):
        score(mixed_table, tmp_path / "out.csv", settings={"strict": True})


@pytest.mark.parametrize("target", ["out.csv", "out/", "new/deep/out.csv", "new/deep/out/"])
@pytest.mark.parametrize("settings", [{"strict": True}, {"text_column": "Texts"}], ids=str)
def test_a_run_that_fails_before_a_shard_is_done_leaves_nothing(
    score, mixed_table, tmp_path, target, settings
):
    with pytest.raises(DataError):
        score(mixed_table, f"{tmp_path}/{target}", output_format="csv", settings=settings)
    assert [path.name for path in tmp_path.iterdir()] == ["mixed.csv"]


def test_ctrl_c_before_a_shard_is_done_leaves_nothing(score, table, tmp_path):
    start(score, table, f"{tmp_path}/new/out/", n_shards=0)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_an_empty_folder_that_was_there_stays(score, table, tmp_path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(DataError):
        score(table, tmp_path / "mine", settings={"text_column": "Texts"})
    assert list((tmp_path / "mine").iterdir()) == []


def test_a_run_that_fails_later_keeps_what_is_done(score, mixed_table, tmp_path):
    settings = {"strict": True}
    lines = mixed_table.read_bytes().split(b"\n")
    mixed_table.write_bytes(b"\n".join([lines[0], *[b"x,so happy,1"] * 20, *lines[1:]]))
    with pytest.raises(DataError, match="row 21"):
        score(mixed_table, tmp_path / "out.csv", settings=settings)
    partial = tmp_path / "out.csv.partial"
    assert sorted(path.name for path in partial.glob("part-*")) == [
        "part-00000-00000.csv", "part-00000-00001.csv",
    ]  # fmt: skip


def test_a_missing_column_names_the_others(score, table, tmp_path):
    with pytest.raises(DataError) as caught:
        score(table, tmp_path / "out.csv", settings={"text_column": "Texts"})
    message = str(caught.value)
    assert "'id', 'text', 'n'" in message
    assert "Did you mean 'text'?" in message
    with pytest.raises(DataError):
        score(table, f"{tmp_path}/out/", settings={"text_column": "Texts"})
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_a_table_scored_before_is_refused(score, table, tmp_path):
    score(table, tmp_path / "out.csv")
    with pytest.raises(DataError, match="scored before"):
        score(tmp_path / "out.csv", tmp_path / "twice.csv")


def test_files_with_other_columns_are_refused(score, table, tmp_path):
    write_csv(tmp_path / "other.csv", [["so happy", "1"]], header=("text", "id"))
    with pytest.raises(DataError, match=r"other.csv: expected the columns of .*in.csv"):
        score([table, tmp_path / "other.csv"], tmp_path / "out.csv")


def test_a_full_disk_is_an_answer_and_the_run_goes_on(score, table, tmp_path, monkeypatch):
    def full(_handle):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(EmoticareError, match="No space left on device"):
            score(table, tmp_path / "out.csv")
    assert not list(tmp_path.rglob("*.tmp"))
    assert score(table, tmp_path / "out.csv").rows == N_ROWS


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ("missing.csv", "found none"),
        ("*.nothing", "found none that end in"),
        ("in.odd", r"ends in \.csv, .*found \.odd; rename or convert it, or say .*--input-format"),
        (["in.csv", "in.csv"], "a file twice"),
        ("ftpx://host/in.csv", "found ftpx://"),
    ],
)
def test_inputs_that_make_no_sense(score, table, tmp_path, monkeypatch, inputs, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.odd").write_text("text\n")
    with pytest.raises(EmoticareError, match=message):
        score(inputs, tmp_path / "out.csv")


def test_no_message_holds_a_text(score, tmp_path):
    secret = "my secret text"
    write_csv(tmp_path / "in.csv", [[secret, secret]], header=(secret, "id"))
    (tmp_path / "in.parquet").write_bytes(secret.encode() * 100)
    (tmp_path / "in.jsonl").write_text(json.dumps({secret * 3: 1}))
    for name in ("in.csv", "in.parquet", "in.jsonl"):
        with pytest.raises(EmoticareError) as caught:
            score(tmp_path / name, tmp_path / "out.csv")
        if name != "in.csv":  # a short name of a column may be shown
            assert secret not in str(caught.value)
