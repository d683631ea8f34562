"""Bytes that are not what they were, or not what they should be: no row is lost without a word."""

import csv
import gzip
import io
import json
import os
from random import Random

import pytest
from score_tables import N_ROWS, contents, read_csv, read_jsonl

from emoticare import DataError, UsageError
from emoticare.bulk import inputs
from emoticare.bulk import manifest as manifests
from emoticare.bulk.delimited_files import DelimitedReader
from emoticare.bulk.locks import LocalLock
from emoticare.bulk.manifest import Manifest
from emoticare.bulk.storage import LocalStorage
from emoticare.errors import EmoticareError

LOCK = LocalLock("", "")


def stop_after(n_rows):
    def on_progress(progress):
        if progress.rows >= n_rows:
            raise KeyboardInterrupt

    return on_progress


def start(score, table, out, **arguments):
    with pytest.raises(KeyboardInterrupt):
        score(table, out, on_progress=stop_after(24), **arguments)


def flip(path, place):
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


# Shards and their manifest.


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_flipped_bit_in_a_shard_is_no_part_of_the_result(score, table, tmp_path, ending):
    score(table, tmp_path / f"whole.{ending}")
    out = tmp_path / f"out.{ending}"
    start(score, table, out)
    flip(tmp_path / f"out.{ending}.partial" / f"part-00000-00001.{ending}", 40)
    assert score(table, out).rows_this_run == N_ROWS - 16
    assert out.read_bytes() == (tmp_path / f"whole.{ending}").read_bytes()


def test_a_flipped_bit_in_a_finished_folder_is_found(score, table, tmp_path):
    score(table, f"{tmp_path}/out/", output_format="csv")
    whole = contents(tmp_path / "out")
    flip(tmp_path / "out" / "part-00000-00003.csv", 60)
    assert score(table, f"{tmp_path}/out/", output_format="csv").rows_this_run == 8
    assert contents(tmp_path / "out") == whole


def test_a_shard_that_changes_before_it_is_joined_is_an_error(score, table, tmp_path):
    def spoil(progress):
        if progress.rows == N_ROWS and not progress.rows_in_work:
            flip(tmp_path / "out.csv.partial" / "part-00000-00002.csv", 30)

    with pytest.raises(DataError, match=r"part-00000-00002\.csv: expected the shard as it was"):
        score(table, tmp_path / "out.csv", on_progress=spoil)
    assert not (tmp_path / "out.csv").exists()
    assert score(table, tmp_path / "out.csv").rows_this_run == 8
    assert len(read_csv(tmp_path / "out.csv")) == N_ROWS


def test_any_flipped_bit_of_a_manifest_is_refused(score, table, tmp_path):
    start(score, table, tmp_path / "out.csv")
    path = tmp_path / "out.csv.partial" / "manifest.json"
    content = path.read_bytes()
    key = json.loads(content)["key"]
    rng = Random(0)
    for place in rng.sample(range(len(content)), 200):
        flipped = bytes([content[place] ^ 1 << rng.randrange(8)])
        path.write_bytes(content[:place] + flipped + content[place + 1 :])
        if not means_the_same(path.read_bytes(), content):
            with pytest.raises(UsageError, match="--restart"):
                Manifest.resume(LocalStorage(), str(path), key, LOCK)


def means_the_same(one, other):
    """White space and the spelling of a character mean nothing."""
    try:
        return json.loads(one) == json.loads(other)
    except ValueError:
        return False


@pytest.mark.parametrize(
    "change",
    [
        {"key": None}, {"key": []}, {"key": {"inputs": 3}}, {"key": {"inputs": [None]}},
        {"key": {"settings": []}}, {"shards": {"0-0": {}}},
        {"shards": {"00000-00000": None}}, {"shards": {"00000-00000": {"rows": "1"}}},
        {"shards": {"../../x-00000": {}}}, {"shards_of_files": []},
        {"shards_of_files": {"x": 1}}, {"shards_of_files": {"0": None}}, {"complete": []},
        {"format": None}, {"format_version": "2"},
    ],
    ids=str,
)  # fmt: skip
def test_a_forged_manifest_is_refused(score, table, tmp_path, change):

    start(score, table, tmp_path / "out.csv")
    path = tmp_path / "out.csv.partial" / "manifest.json"
    content = json.loads(path.read_bytes())
    del content["sha256"]
    content |= change
    path.write_text(json.dumps({**content, "sha256": manifests._sum(content)}))
    if change == {"complete": []}:
        assert score(table, tmp_path / "out.csv").rows == N_ROWS
        return
    with pytest.raises(UsageError, match="--restart"):
        score(table, tmp_path / "out.csv")


def test_a_manifest_nested_too_deep_is_refused(tmp_path):
    path = tmp_path / "manifest.json"
    path.write_text("[" * 100_000)
    with pytest.raises(UsageError, match="--restart"):
        Manifest.resume(LocalStorage(), str(path), {}, LOCK)


def test_an_input_that_changed_under_the_same_size_and_time_is_refused(score, table, tmp_path):
    start(score, table, tmp_path / "out.csv")
    before = table.stat()
    table.write_bytes(table.read_bytes().replace(b"so happy", b"so sadly"))
    os.utime(table, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (table.stat().st_size, table.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    with pytest.raises(UsageError, match="has changed"):
        score(table, tmp_path / "out.csv")


@pytest.fixture
def same_identity(monkeypatch):
    """As on a file system that has no second time of change, and a first one that was set back."""
    monkeypatch.setattr(LocalStorage, "identity", lambda *_: "the same")


def change(table):
    table.write_bytes(table.read_bytes().replace(b"so happy", b"so sadly"))


@pytest.mark.usefixtures("same_identity")
@pytest.mark.parametrize(("verify", "is_seen"), [(None, True), (True, True), (False, False)])
def test_an_input_of_another_sum_is_refused(score, table, tmp_path, verify, is_seen):
    start(score, table, tmp_path / "out.csv", verify_inputs=verify)
    change(table)
    if is_seen:
        with pytest.raises(UsageError, match=r"the input .*in\.csv has changed"):
            score(table, tmp_path / "out.csv", verify_inputs=verify)
    else:
        assert score(table, tmp_path / "out.csv", verify_inputs=verify).rows == N_ROWS


@pytest.mark.usefixtures("same_identity")
def test_sums_are_made_of_small_files_unless_told_otherwise(score, table, tmp_path, monkeypatch):
    monkeypatch.setattr(inputs, "_SUMMED_BYTES", table.stat().st_size - 1)
    start(score, table, tmp_path / "out.csv")
    change(table)
    assert score(table, tmp_path / "out.csv", verify_inputs=True).rows == N_ROWS


@pytest.mark.usefixtures("same_identity")
def test_an_input_that_changes_while_it_is_read_is_an_error(score, table, tmp_path):
    def spoil(progress):
        if progress.rows == 8 and not progress.rows_in_work:
            change(table)

    with pytest.raises(DataError, match="found it changed while it was read"):
        score(table, tmp_path / "out.csv", on_progress=spoil)


# Rows.


def test_a_key_that_scoring_adds_is_found_in_any_row(score, tmp_path):
    lines = [b'{"text": "so happy"}'] * 4096 + [b'{"text": "a", "emotion_labels": ["joy"]}']
    (tmp_path / "in.jsonl").write_bytes(b"\n".join(lines))
    with pytest.raises(DataError, match=r"row 4097: expected no column 'emotion_labels' yet"):
        score(tmp_path / "in.jsonl", tmp_path / "out.jsonl", settings={"shard_rows": 4000})


def test_the_fields_of_a_row_that_has_too_many_are_all_kept(score, tmp_path):
    lines = ["id,text,n", "1,so happy,2", '3,"so, very",4,"5,6",7', "8,sad"]
    (tmp_path / "in.csv").write_text("\n".join(lines))
    score(tmp_path / "in.csv", tmp_path / "out.csv")
    _, long, short = read_csv(tmp_path / "out.csv")
    assert (long["id"], long["text"]) == ("3", "so, very")
    assert next(csv.reader([long["n"]])) == ["4", "5,6", "7"]
    assert (short["id"], short["text"], short["n"]) == ("8", "sad", "")
    errors = [long["emotion_error"], short["emotion_error"]]
    assert errors == ["5 fields, but 3 columns", "2 fields, but 3 columns"]


def test_the_fields_of_a_row_whose_quoting_is_broken_are_all_kept(score, tmp_path):
    (tmp_path / "in.csv").write_text('id,text,n\n1,so happy,\n2,"so" happy,"a,b\n3,sad,\n')
    score(tmp_path / "in.csv", tmp_path / "out.csv")
    rows = read_csv(tmp_path / "out.csv")
    assert [row["id"] for row in rows] == ["1", "2", "3"]
    assert (rows[1]["text"], rows[1]["n"]) == ('"so" happy', '"a,b')
    assert [bool(row["emotion_error"]) for row in rows] == [False, True, False]


def test_every_line_of_a_table_whose_quotes_do_not_close_is_a_row():
    raw = io.BytesIO(b'text\nso happy\nab","cd\nef","gh\nsad\n"two\nlines"\n')
    (rows,) = DelimitedReader(raw, raw, ",").rows()
    texts = ["so happy", 'ab","cd', 'ef","gh', "sad", "two\nlines"]
    assert list(rows.table.texts("text")) == texts
    assert set(rows.faults) == {1, 2}


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet", "arrow"])
@pytest.mark.parametrize("nested", ["[" * 800 + "1" + "]" * 800, '{"a":' * 800 + "1" + "}" * 800])
def test_one_nested_row_does_not_stop_a_file(score, tmp_path, ending, nested):
    good = '{"text": "so happy"}\n'
    middle = "[" * 70 + "1" + "]" * 70
    odd = f'{{"text": "so happy", "x": {nested}}}\n{{"text": "sad", "y": {middle}}}\n'
    (tmp_path / "in.jsonl").write_text(good + odd + good)
    summary = score(tmp_path / "in.jsonl", tmp_path / f"out.{ending}")
    assert (summary.rows, summary.failures) == (4, 0 if ending == "jsonl" else 1)
    if ending == "csv":
        errors = [row["emotion_error"] for row in read_csv(tmp_path / "out.csv")]
        assert errors == ["", "nested too deep: more than 100 levels", "", ""]
    if ending == "jsonl":
        assert json.dumps(read_jsonl(tmp_path / "out.jsonl")[1]["x"]) == json.dumps(
            json.loads(nested)
        )


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_more_columns_than_a_table_may_have(score, tmp_path, ending):
    names = ["text", *(f"c{i}" for i in range(100_000))]
    content = ",".join(names) if ending == "csv" else json.dumps(dict.fromkeys(names, "a"))
    (tmp_path / f"in.{ending}").write_text(content + "\n")
    with pytest.raises(EmoticareError, match="at most 4096"):
        score(tmp_path / f"in.{ending}", tmp_path / "out.csv")


@pytest.mark.parametrize("codec", ["gz", "zst"])
def test_a_compressed_file_cut_to_nothing_is_refused(score, tmp_path, codec):
    (tmp_path / f"in.jsonl.{codec}").write_bytes(b"")
    with pytest.raises(DataError, match="found no byte"):
        score(tmp_path / f"in.jsonl.{codec}", tmp_path / "out.jsonl")


def test_flipped_bits_of_a_gzip_file_are_found(score, tmp_path):
    lines = b"".join(b'{"text": "so happy %d"}\n' % i for i in range(20))
    content = gzip.compress(lines, mtime=0)
    for place in [*range(10, len(content) - 9, 7), *range(len(content) - 8, len(content))]:
        flipped = bytes([content[place] ^ 16])
        (tmp_path / "in.jsonl.gz").write_bytes(content[:place] + flipped + content[place + 1 :])
        with pytest.raises(DataError, match=r"expected a whole jsonl\.gz file"):
            score(tmp_path / "in.jsonl.gz", tmp_path / "out.jsonl", restart=True)


# Places.


def test_a_link_to_itself_is_no_output(score, table, tmp_path):
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    with pytest.raises(EmoticareError, match="could not be written"):
        score(table, tmp_path / "loop.csv")
    with pytest.raises(EmoticareError, match="found none"):
        score(tmp_path / "loop.csv", tmp_path / "out.csv")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_no_output(score, table, tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    for restart in (False, True):
        with pytest.raises(UsageError, match="found a pipe"):
            score(table, tmp_path / "pipe.csv", restart=restart)
    assert (tmp_path / "pipe.csv").is_fifo()


def test_a_restart_replaces_the_file_behind_a_link(score, table, tmp_path):
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to("real.csv")
    score(table, tmp_path / "link.csv", restart=True)
    assert (tmp_path / "link.csv").is_symlink()
    assert len(read_csv(tmp_path / "real.csv")) == N_ROWS


@pytest.mark.parametrize("address", ["zip://**.csv::x.zip", "memory://a**.csv"])
def test_addresses_that_cannot_be(score, tmp_path, address):
    with pytest.raises(UsageError, match="Expected"):
        score(address, tmp_path / "out.csv")


def test_a_column_that_is_not_utf8(score, table, tmp_path):
    with pytest.raises(UsageError, match="in UTF-8"):
        score(table, tmp_path / "out.csv", settings={"text_column": "\udcff"})


def test_a_file_whose_name_is_not_utf8(score, table, tmp_path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.csv")
    try:
        table.rename(path)
    except OSError:
        pytest.skip("this file system takes no such names")
    assert score(path, tmp_path / "out.csv").rows == N_ROWS
