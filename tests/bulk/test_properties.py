"""What holds for any table: nothing is lost, and hostile bytes are an answer."""

import csv
import io
import json
import tempfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emoticare.bulk import ScoreSettings, score_files
from emoticare.bulk.arrow_tables import ArrowTable
from emoticare.bulk.rows import Rows
from emoticare.bulk.shards import cut_shards
from emoticare.bulk.tables import PlainSchema, PlainTable, Scalar
from emoticare.errors import EmoticareError

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ROWS = st.lists(st.tuples(ANY_TEXT, ANY_TEXT), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
RECORDS = st.lists(st.dictionaries(st.sampled_from(["text", "a", "b", "ü"]), JSON), max_size=12)
FEW = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def scored(artifact, content: bytes, ending: str, out_ending: str, **chosen: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / f"in.{ending}", Path(folder) / f"out.{out_ending}"
        source.write_bytes(content)
        settings = ScoreSettings(shard_rows=4, **chosen)
        score_files([str(source)], str(target), settings, model=artifact)
        return target.read_bytes()


@FEW
@given(rows=ROWS, ending=st.sampled_from(["csv", "tsv"]), line_end=st.sampled_from(["\n", "\r\n"]))
def test_any_delimited_table_keeps_its_values(tiny_artifact, rows, ending, line_end):
    delimiter = "," if ending == "csv" else "\t"
    sink = io.StringIO()
    writer = csv.writer(sink, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator=line_end)
    writer.writerows([("id", "text"), *rows])
    content = scored(tiny_artifact, sink.getvalue().encode(), ending, ending)
    found = list(csv.reader(io.StringIO(content.decode(), newline=""), delimiter=delimiter))
    assert [tuple(row[:2]) for row in found[1:]] == rows
    assert all(len(row) == 4 for row in found)
    for row in found[1:]:
        assert (row[3] == "no text") == (not row[1].strip())


@FEW
@given(records=RECORDS)
def test_any_json_objects_keep_their_values(tiny_artifact, records):
    records = [{"text": "so happy"}, *records]
    content = "".join(json.dumps(record) + "\n" for record in records).encode()
    found = [
        json.loads(line) for line in scored(tiny_artifact, content, "jsonl", "jsonl").splitlines()
    ]
    for record, row in zip(records, found, strict=True):
        assert (row.pop("emotion_labels") is None) == bool(row.pop("emotion_error"))
        assert row == record


@FEW
@given(records=RECORDS, ending=st.sampled_from(["jsonl", "json", "csv"]))
def test_any_value_may_stand_where_something_was_said_before(tiny_with_context, records, ending):
    records = [{"text": "so happy", "a": "why"}, *records]
    content = "".join(json.dumps(record) + "\n" for record in records).encode()
    found = scored(tiny_with_context.artifact, content, "jsonl", ending, context_column="a")
    if ending == "csv":
        errors = [row["emotion_error"] for row in csv.DictReader(io.StringIO(found.decode()))]
    elif ending == "json":
        errors = [row["emotion_error"] for row in json.loads(found)]
    else:
        errors = [json.loads(line)["emotion_error"] for line in found.splitlines()]
    for record, error in zip(records, errors, strict=True):
        text, said = record.get("text"), record.get("a")
        readable = isinstance(text, str) and bool(text.strip())
        assert bool(error) == (not readable or not isinstance(said, str | None))


@FEW
@given(records=RECORDS, ending=st.sampled_from(["parquet", "arrow", "csv"]))
def test_any_json_objects_become_a_table(tiny_artifact, records, ending):
    records = [{"text": "so happy"}, *records]
    content = "".join(json.dumps(record) + "\n" for record in records).encode()
    found = scored(tiny_artifact, content, "jsonl", ending)
    if ending == "csv":
        n_rows = len(list(csv.reader(io.StringIO(found.decode(), newline="")))) - 1
    elif ending == "arrow":
        n_rows = pa.ipc.open_file(found).read_all().num_rows
    else:
        n_rows = pa.parquet.read_table(io.BytesIO(found)).num_rows
    assert n_rows == len(records)


@pytest.mark.parametrize(
    "ending", ["csv", "tsv", "jsonl", "csv.gz", "jsonl.zst", "parquet", "arrow"]
)
@FEW
@given(tail=st.binary(max_size=200), n_kept=st.integers(0, 5000))
def test_hostile_bytes_are_an_answer(tiny_artifact, ending, tail, n_kept):
    table = pa.table({"text": ["so happy", "i hate it"] * 3, "n": range(6)})
    sink = io.BytesIO()
    if ending == "parquet":
        pa.parquet.write_table(table, sink)
    elif ending == "arrow":
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
    elif ending.startswith("jsonl"):
        sink.write(b'{"text": "so happy"}\n{"text": 3}\n')
    else:
        sink.write(b'text\tn\n"so happy"\t3\n'.replace(b"\t", b"," if "csv" in ending else b"\t"))
    content = sink.getvalue()[:n_kept] + tail
    message = ""
    try:
        scored(tiny_artifact, content, ending, "jsonl")
    except EmoticareError as error:
        message = str(error)
    assert "so happy" not in message


def plain_table(values):
    return PlainTable(PlainSchema((("n", Scalar.INT),)), [list(values)])


def arrow_table(values):
    return ArrowTable(pa.table({"n": pa.array(values, pa.int64())}))


@given(sizes=st.lists(st.integers(0, 9), max_size=9), shard_rows=st.integers(1, 9))
@pytest.mark.parametrize("make", [plain_table, arrow_table], ids=["plain", "arrow"])
def test_shards_are_the_rows_cut(make, sizes, shard_rows):
    parts, first = [], 1
    for size in sizes:
        values = range(first, first + size)
        faults = {i: str(first + i) for i in range(0, size, 2)}
        parts.append(Rows(make(values), first, faults))
        first += size
    shards = list(cut_shards(parts, shard_rows, "n"))
    assert [len(shard) for shard in shards[:-1]] == [shard_rows] * (len(shards) - 1)
    numbers = [n for shard in shards for n in shard.table.columns()[0]]
    assert numbers == list(range(1, first))
    for shard in shards:
        found = shard.table.columns()[0]
        assert shard.first_row == found[0]
        assert all(str(found[i]) == fault for i, fault in shard.faults.items())
    kept = sum(len(shard.faults) for shard in shards)
    assert kept == sum(len(part.faults) for part in parts)
