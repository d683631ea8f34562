"""Files that hold an array of JSON objects."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from score_tables import read_csv, read_jsonl

from emoticare import DataError
from emoticare.bulk import json_arrays
from emoticare.bulk.json_arrays import ArrayLines

ROWS = [{"text": 'so "happy", \\ [really]', "n": [1, {"a": "}"}]}, {"n": 1.5, "text": "i hate it"}]


def lines(content, chars_at_once=2**16):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_arrays, "_CHARS_AT_ONCE", chars_at_once)
        reader = ArrayLines(io.BytesIO(content))
        return list(iter(reader.readline, b""))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(
    rows=st.lists(VALUES, max_size=5),
    chars_at_once=st.integers(1, 20),
    indent=st.sampled_from([None, 1]),
    is_ascii=st.booleans(),
)
def test_every_item_is_a_line_wherever_a_chunk_ends(rows, chars_at_once, indent, is_ascii):
    content = json.dumps(rows, indent=indent, ensure_ascii=is_ascii)
    found = lines(content.encode(errors="surrogatepass"), chars_at_once)
    assert [json.loads(line.decode(errors="surrogatepass")) for line in found] == rows


@pytest.mark.parametrize("indent", [None, 2])
def test_an_array_is_scored_as_its_lines_would_be(score, tmp_path, indent):
    (tmp_path / "in.json").write_text(json.dumps(ROWS, indent=indent))
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    for target in ("csv", "jsonl", "json"):
        for source in ("json", "jsonl"):
            score(tmp_path / f"in.{source}", tmp_path / f"{source}.{target}")
    for target in ("csv", "json") if indent else ("csv", "jsonl", "json"):
        read = {"csv": read_csv, "jsonl": read_jsonl, "json": lambda p: json.loads(p.read_text())}
        found = [read[target](tmp_path / f"{source}.{target}") for source in ("json", "jsonl")]
        assert found[0] == found[1]
    assert [list(row)[:2] for row in found[0]] == [["text", "n"], ["n", "text"]]


def test_an_array_is_written_with_an_object_on_each_line(score, table, tmp_path):
    score(table, tmp_path / "out.jsonl")
    rows = (tmp_path / "out.jsonl").read_text().splitlines()
    score(table, tmp_path / "out.json")
    assert (tmp_path / "out.json").read_text() == "[\n" + ",\n".join(rows) + "\n]\n"
    score(table, f"{tmp_path}/out/", output_format="json")
    shards = sorted((tmp_path / "out").glob("part-*.json"))
    assert len(shards) == 8
    found = [row for shard in shards for row in json.loads(shard.read_text())]
    assert found == [json.loads(row) for row in rows]


def test_an_empty_array_is_one(score, tmp_path):
    (tmp_path / "in.json").write_text(" [ ] ")
    assert score(tmp_path / "in.json", tmp_path / "out.json").rows == 0
    assert json.loads((tmp_path / "out.json").read_text()) == []


def test_a_bad_item_keeps_its_place(score, tmp_path):
    content = (
        b'[{"text": "so \xff happy"}, 5, {"text": "sad",}, , {"text": 3}, {"text": "so happy"}\n, ]'
    )
    (tmp_path / "in.json").write_bytes(content)
    score(tmp_path / "in.json", tmp_path / "out.jsonl")
    errors = [row["emotion_error"] for row in read_jsonl(tmp_path / "out.jsonl")]
    assert errors == [
        "invalid UTF-8", "not a JSON object", "not JSON", "not JSON", "not a text but int", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "expected an array of objects"),
        ('{"text": "a"}', "expected an array of objects.*--input-format jsonl"),
        ('[{"text": "a"}', "an array that ends in ]"),
        ('[{"text": "a]', "an array that ends in ]"),
        ('[{"text": "a"}] [', "found more after its end"),
    ],
)
def test_what_is_no_array_is_refused(score, tmp_path, content, message):
    (tmp_path / "in.json").write_text(content)
    with pytest.raises(DataError, match=message):
        score(tmp_path / "in.json", tmp_path / "out.csv")


def test_an_item_far_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(json_arrays, "_LONGEST_ITEM", 100)
    assert len(lines(b"[" + b"[1], " * 100 + b"1]", 10)) == 101
    with pytest.raises(DataError, match="at most 100 characters"):
        lines(b"[[" + b"1, " * 100 + b"1]]", 10)
