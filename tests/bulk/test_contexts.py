"""Replies in tables, with a column of what was said before each."""

import io
import json
import sqlite3
from contextlib import closing

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from score_tables import read_csv, read_jsonl, write_csv

from emoticare import DataError, UsageError
from emoticare.bulk import ScoreSettings, score_to_stream
from emoticare.bulk.ray import EmotionBatchScorer
from emoticare.labels import LABELS

ROWS = [
    {"id": 0, "text": "so happy", "said": "you are sad"},
    {"id": 1, "text": "so happy", "said": None},
    {"id": 2, "text": "i hate it", "said": " "},
    {"id": 3, "text": None, "said": "why"},
    {"id": 4, "text": "very sad", "said": "i love you\nvery much"},
]


def write_rows(path):
    columns = {name: [row[name] for row in ROWS] for name in ROWS[0]}
    match path.suffix:
        case ".csv" | ".tsv":
            delimiter = "," if path.suffix == ".csv" else "\t"
            lines = [["id", "text", "said"], *([str(row[n] or "") for n in row] for row in ROWS)]
            quoted = [delimiter.join(f'"{value}"' for value in line) for line in lines]
            path.write_text("\n".join(quoted) + "\n")
        case ".jsonl":
            path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
        case ".json":
            path.write_text(json.dumps(ROWS))
        case ".parquet":
            pq.write_table(pa.table(columns), path)
        case ".arrow":
            said = pa.array(columns["said"]).dictionary_encode()
            table = pa.table({**columns, "said": said})
            with pa.ipc.new_file(path, table.schema) as writer:
                writer.write_table(table)
        case ".xlsx":
            book = openpyxl.Workbook()
            for line in (list(ROWS[0]), *(list(row.values()) for row in ROWS)):
                book.active.append(line)
            book.save(path)
        case ".sqlite":
            with closing(sqlite3.connect(path)) as connection, connection:
                connection.execute("CREATE TABLE rows (id, text, said)")
                connection.executemany("INSERT INTO rows VALUES (:id, :text, :said)", ROWS)


@pytest.mark.parametrize("target", ["out.jsonl", "out.parquet"])
@pytest.mark.parametrize(
    "ending", ["csv", "tsv", "jsonl", "json", "parquet", "arrow", "xlsx", "sqlite"]
)
def test_every_format(score_replies, tmp_path, tiny_with_context, ending, target):
    write_rows(tmp_path / f"in.{ending}")
    settings = {"scores": "all", "warnings": True}
    score_replies(tmp_path / f"in.{ending}", tmp_path / target, settings=settings)
    if target == "out.jsonl":
        found = read_jsonl(tmp_path / target)
    else:
        found = pq.read_table(tmp_path / target).to_pylist()
    scored = [row for row in ROWS if row["text"]]
    expected = iter(
        tiny_with_context.predict(
            [row["text"] for row in scored], context=[row["said"] for row in scored]
        )
    )
    for row, wanted in zip(found, ROWS, strict=True):
        assert list(row)[:3] == ["id", "text", "said"]
        if not wanted["text"]:
            assert (row["emotion_labels"], row["emotion_error"]) == (None, "no text")
            continue
        prediction = next(expected)
        assert row["emotion_labels"] == prediction.labels
        scores = [row[f"emotion_score_{label}"] for label in LABELS]
        assert scores == pytest.approx(list(prediction.scores.values()), abs=1e-6)


def test_a_context_that_is_no_text_is_the_error_of_its_row(score_replies, tmp_path):
    good = {"text": "so happy", "said": "why"}
    bad = [{"text": "so happy", "said": said} for said in (3, ["why"], "x" * 1_000_001)]
    for ending in ("jsonl", "csv"):
        source = tmp_path / "in.jsonl"
        source.write_text("".join(json.dumps(row) + "\n" for row in (good, *bad, good)))
        summary = score_replies(source, tmp_path / f"out.{ending}")
        assert (summary.rows, summary.failures) == (5, 3)
        read = read_jsonl if ending == "jsonl" else read_csv
        assert [row["emotion_error"] or None for row in read(tmp_path / f"out.{ending}")] == [
            None,
            "context: not a text but int",
            "context: not a text but list",
            "context: too long: 1000001 characters, at most 1000000",
            None,
        ]
    with pytest.raises(DataError, match=r"row 2: .*found context: not a text but int"):
        score_replies(source, tmp_path / "strict.csv", settings={"strict": True})


def test_bytes_and_numbers_in_columns_of_databases(score_replies, tmp_path):
    with closing(sqlite3.connect(tmp_path / "in.db")) as connection, connection:
        connection.execute("CREATE TABLE rows (text, said)")
        values = [("so happy", b"why"), ("so happy", 2.5), (b"so", "why"), ("so happy", "why")]
        connection.executemany("INSERT INTO rows VALUES (?, ?)", values)
    score_replies(tmp_path / "in.db", tmp_path / "out.csv")
    assert [row["emotion_error"] for row in read_csv(tmp_path / "out.csv")] == [
        "context: invalid UTF-8",
        "context: not a text but float",
        "invalid UTF-8",
        "",
    ]


def test_numbers_of_a_sheet_are_texts(score_replies, tmp_path, tiny_with_context):
    book = openpyxl.Workbook()
    for line in (["said", "text"], [7, "so happy"]):
        book.active.append(line)
    book.save(tmp_path / "in.xlsx")
    score_replies(tmp_path / "in.xlsx", tmp_path / "out.jsonl", settings={"scores": "top"})
    (row,) = read_jsonl(tmp_path / "out.jsonl")
    expected = tiny_with_context("so happy", context="7")
    assert row["emotion_top_score"] == pytest.approx(max(expected.scores.values()), abs=1e-6)
    assert row["said"] == "7"


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_a_missing_column_is_named_as_that_of_the_texts_is(score_replies, tmp_path, ending):
    write_rows(tmp_path / f"in.{ending}")
    with pytest.raises(DataError, match="expected a column 'siad', found the columns") as caught:
        score_replies(
            tmp_path / f"in.{ending}", tmp_path / "out.csv", settings={"context_column": "siad"}
        )
    assert "Did you mean 'said'? Name the column that holds what was said before with" in str(
        caught.value
    )
    assert "--context-column" in str(caught.value)


def test_a_typed_column_of_numbers_is_refused(score_replies, tmp_path):
    pq.write_table(pa.table({"text": ["so happy"], "said": [1]}), tmp_path / "in.parquet")
    with pytest.raises(DataError, match=r"texts in the column 'said', found int64.*--context-col"):
        score_replies(tmp_path / "in.parquet", tmp_path / "out.csv")


def test_settings_that_make_no_sense(replies, score_replies, tmp_path, tiny_artifact):
    with pytest.raises(UsageError, match="found 'text' for both"):
        ScoreSettings(context_column="text")
    with pytest.raises(UsageError, match="UTF-8"):
        ScoreSettings(context_column="\ud800")
    with pytest.raises(UsageError, match="reads each text alone"):
        score_replies(tmp_path / "none.csv", tmp_path / "out.csv", model=tiny_artifact)
    settings = ScoreSettings(context_column="said")
    with pytest.raises(UsageError, match="reads each text alone"):
        score_to_stream([str(replies)], io.BytesIO(), settings, model=tiny_artifact)
    with pytest.raises(UsageError, match="reads each text alone"):
        EmotionBatchScorer(context_column="said", model=tiny_artifact)
    assert [path.name for path in tmp_path.iterdir()] == ["replies.csv"]


def test_a_resumed_run_must_have_the_same_column(replies, score_replies, tmp_path):
    class StopError(Exception):
        pass

    def stop(progress):
        if progress.rows_this_run >= 24:
            raise StopError

    whole, out = tmp_path / "whole.csv", tmp_path / "out.csv"
    score_replies(replies, whole)
    with pytest.raises(StopError):
        score_replies(replies, out, on_progress=stop)
    with pytest.raises(UsageError, match="context_column was 'said' and is None"):
        score_replies(replies, out, settings={"context_column": None})
    with pytest.raises(UsageError, match="context_column was 'said' and is 'id'"):
        score_replies(replies, out, settings={"context_column": "id"})
    assert score_replies(replies, out).rows_this_run < 60
    assert out.read_bytes() == whole.read_bytes()


def test_standard_output_has_the_same_rows(replies, score_replies, tmp_path, tiny_with_context):
    score_replies(replies, tmp_path / "out.csv")
    sink = io.BytesIO()
    settings = ScoreSettings(context_column="said")
    score_to_stream([str(replies)], sink, settings, model=tiny_with_context.artifact)
    assert sink.getvalue() == (tmp_path / "out.csv").read_bytes()


@pytest.mark.parametrize(
    ("text", "said"), [("line", "said"), ("text", "line"), ("lineline", "line")]
)
def test_json_lines_may_have_any_keys(score_replies, tmp_path, text, said):
    line = json.dumps({text: "so happy", said: "why"})
    (tmp_path / "in.jsonl").write_text(line + "\n")
    settings = {"text_column": text, "context_column": said}
    score_replies(tmp_path / "in.jsonl", tmp_path / "out.jsonl", settings=settings)
    assert (tmp_path / "out.jsonl").read_text().startswith(line[:-1] + ", ")


def test_a_batch_of_ray_data(tiny_with_context):
    scorer = EmotionBatchScorer(
        scores="top", model=tiny_with_context.artifact, context_column="said"
    )
    batch = scorer(pa.table({"text": ["so happy"] * 2, "said": ["you are sad", None]}))
    expected = tiny_with_context.predict(["so happy"] * 2, context=["you are sad", None])
    assert batch["emotion_labels"].to_pylist() == [p.labels for p in expected]
    assert batch["emotion_top_score"].to_pylist() == [max(p.scores.values()) for p in expected]


def test_a_batch_of_ray_data_has_warnings_and_abstains(embedded):
    options = {"groups": True, "warnings": True, "abstain": True}
    scorer = EmotionBatchScorer(model=embedded.artifact, **options)
    texts = ["Thank you so much!", "Je suis triste", None]
    batch = scorer(pa.table({"text": texts}))
    assert batch["emotion_warnings"].to_pylist() == [[], ["not_english"], None]
    assert batch["emotion_labels"].to_pylist() == [["gratitude"], [], None]
    positive = embedded(texts[0]).groups["sentiment"]["positive"]
    assert batch["emotion_sentiment_positive"][0].as_py() == pytest.approx(positive, abs=1e-6)


def test_a_table_without_contexts_is_scored_as_ever(score, score_replies, tmp_path):
    rows = [[str(i), "so happy", " "] for i in range(9)]
    write_csv(tmp_path / "in.csv", rows, header=("id", "text", "said"))
    score_replies(tmp_path / "in.csv", tmp_path / "replies.csv", settings={"scores": "all"})
    score(tmp_path / "in.csv", tmp_path / "texts.csv", settings={"scores": "all"})
    assert (tmp_path / "replies.csv").read_bytes() == (tmp_path / "texts.csv").read_bytes()
