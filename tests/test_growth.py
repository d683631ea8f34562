"""Twice the hostile input takes at most about twice the time, whatever reads it."""

import gc
import io
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from emoticare.bulk.delimited_files import DelimitedReader
from emoticare.bulk.encodings import as_utf8
from emoticare.bulk.json_arrays import ArrayLines
from emoticare.bulk.json_lines import JsonLinesReader
from emoticare.bulk.locks import LocalLock
from emoticare.bulk.manifest import Manifest
from emoticare.bulk.storage import LocalStorage
from emoticare.data.faults import Faults
from emoticare.data.table_formats import read_records
from emoticare.errors import EmoticareError
from emoticare.labels import LABELS
from emoticare.meaning.conversation import parse_chat
from emoticare.meaning.documents.sentences import split_sentences
from emoticare.meaning.moderation import Policy
from emoticare.model.artifact import load_artifact
from emoticare.model.overlay import read_overlay
from emoticare.stages.growth import check_growth

MOST_TIMES = 2.5
# What takes less, takes it for other reasons than the input.
FLOOR_S = 0.1
N_CHARS = 100_000
Read = Callable[[str], object]


def rows(delimiter: str, lines: str) -> None:
    raw = io.BytesIO(f"text\n{lines}".encode())
    for _ in DelimitedReader(raw, raw, delimiter).rows():
        pass


def columns(unit: str) -> None:
    raw = io.BytesIO(unit.encode() + b"\n1\n")
    for _ in DelimitedReader(raw, raw, ",").rows():
        pass


def encoded(text: str, encoding: str | None = None) -> None:
    raw = io.BytesIO(text.encode("latin-1"))
    content = as_utf8(raw, encoding, lambda _: None, waits=False)
    for _ in DelimitedReader(content, raw, ",;\t|").rows():
        pass


def json_lines(lines: str) -> None:
    raw = io.BytesIO(b'{"text": "so happy"}\n' + lines.encode())
    for _ in JsonLinesReader(raw, raw, "text", ["emotion_labels"], None).rows():
        pass


def items(text: str) -> None:
    for _ in iter(ArrayLines(io.BytesIO(text.encode())).readline, b""):
        pass


def cue(words: str) -> None:
    parse_chat(f"WEBVTT\n\n00:00.000 --> 00:01.000\n{words}\n", "vtt")


def said(text: str) -> None:
    parse_chat(json.dumps([{"ts": "1.0", "type": "message", "user": "U1", "text": text}]), "slack")


def text_of_policy(value: str) -> None:
    Policy.parse(f"schema = 1\n{value}\n")


def string_of_policy(lines: str) -> None:
    text_of_policy(f'name = """{lines}"""')


def array_of_policy(lines: str) -> None:
    text_of_policy(f"name = [{lines}]")


def sentences(text: str) -> None:
    for _ in split_sentences([text]):
        pass


CASES: dict[str, tuple[Read, str]] = {
    "CSV, quotes that do not close": (lambda text: rows(",", text), 'ab","cd\n'),
    "CSV, quotes that break": (lambda text: rows(",", text), '"so happ\n'),
    "CSV, a line break in quotes": (lambda text: rows(",", f'"{text}'), "a\n"),
    "CSV, too many fields": (lambda text: rows(",", text), "a,"),
    "CSV, columns": (columns, "a,"),
    "CSV, delimiters of columns": (lambda text: encoded(f"{text}\n1\n"), "a,;|"),
    "CSV, empty lines": (lambda text: encoded(f"{text}text\n"), "\n"),
    "CSV, another encoding": (lambda text: encoded(f"text\n{text}"), "caf\xe9\n"),
    "CSV, broken UTF-8": (lambda text: encoded(f"text\n{text}"), "\xe2\x80\n"),
    "CSV, broken UTF-16": (lambda text: encoded(f"\xff\xfe{text}"), "\x00\xdc"),
    "CSV, an encoding with states": (lambda text: encoded(f"text\n{text}", "utf-7"), "+AOk"),
    "TSV, quotes that do not close": (lambda text: rows("\t", text), 'ab"\t"cd\n'),
    "JSON lines, keys": (json_lines, '{"text": "a", "b": 1}\n'),
    "JSON lines, brackets": (json_lines, "[" * 50 + "\n"),
    "JSON lines, one line of brackets": (json_lines, "["),
    "JSON lines, one line of an open string": (lambda text: json_lines('{"' + text), "\\\\"),
    "JSON, items": (lambda text: items(f"[{text}1]"), "1,"),
    "JSON, brackets": (lambda text: items(f"[{text}"), "["),
    "JSON, an open string": (lambda text: items(f'["{text}'), "\\\\"),
    "JSON, spaces": (items, " "),
    "WhatsApp": (lambda text: parse_chat(f"1/1/24, 10:00 - A: {text}", "whatsapp"), "[1/1/24, "),
    "WhatsApp, one speaker": (lambda text: parse_chat(text, "whatsapp"), "1/1/24, 10:00 - A: \n"),
    "WebVTT, voices": (cue, "<v "),
    "WebVTT, spaces": (lambda text: cue(f"<v{text}"), " "),
    "WebVTT, tags": (cue, "<{\\"),
    "WebVTT, dashes": (cue, "\x0b\n- "),
    "WebVTT, cues": (cue, "\n00:00.000 --> 00:01.000\nA: b\n"),
    "SRT": (lambda text: parse_chat(f"1\n{text}", "srt"), "00:00:00,000 --> 00:00:01,000\nA: b\n"),
    "Slack, marks": (said, "<@"),
    "Slack, references": (said, "&#1"),
    "pasted lines": (lambda text: parse_chat(f"A: {text}", "plain"), "1:1:1 "),
    "pasted names": (lambda text: parse_chat(text, "plain"), "A: b\n"),
    "turns": (lambda text: parse_chat(text, "jsonl"), '{"text": "a"}\n'),
    "policy, a string of many lines": (string_of_policy, "a\n"),
    "policy, an array of many lines": (array_of_policy, "1,\n"),
    "policy, an array that does not close": (lambda text: text_of_policy(f"a = [{text}"), "1,\n"),
    "policy, comments": (text_of_policy, "# a\n"),
    "policy, quotes": (string_of_policy, '\\"'),
    "policy, brackets": (lambda text: text_of_policy(f"a = {text}"), "["),
    "sentences, marks": (sentences, "a. "),
    "sentences, lines": (sentences, "a\n"),
    "sentences, no end": (sentences, "a"),
    "sentences, white space": (sentences, " "),
    "sentences, joined": (sentences, "e\u0301\u200d"),
    "sentences, lists": (sentences, "1. "),
}


def seconds(read: Callable[[], object]) -> float:
    times = []
    for _ in range(3):
        gc.collect()
        gc.disable()
        start = time.process_time()
        try:
            read()
        except EmoticareError:
            pass
        finally:
            times.append(time.process_time() - start)
            gc.enable()
    return min(times)


def check_linear(once: Callable[[], object], twice: Callable[[], object]) -> None:
    # Other processes disturb a round; what is quadratic fails in each.
    assert any(seconds(twice) <= max(FLOOR_S, MOST_TIMES * seconds(once)) for _ in range(3))


@pytest.mark.parametrize("name", CASES)
def test_in_memory(name):
    read, unit = CASES[name]
    text = unit * (N_CHARS // len(unit))
    check_linear(lambda: read(text), lambda: read(text * 2))


def overlay_of(n: int) -> bytes:
    numbers = {f"label {i}": 0.5 for i in range(n)}
    thresholds = {"shared": 0.5, "per_label": numbers}
    kind = {"format": "emoticare-overlay", "format_version": 1, "model": "a", "objective": "b"}
    calibration = {"scale": numbers, "offset": numbers}
    return json.dumps({**kind, "thresholds": thresholds, "calibration": calibration}).encode()


def manifest_of_job(n: int) -> bytes:
    shards = {f"00000-{i:05}": {"rows": 1} for i in range(n)}
    kind = {"format": "emoticare-score", "format_version": 2, "key": {}, "complete": False}
    return json.dumps({**kind, "shards": shards, "shards_of_files": {}, "sha256": ""}).encode()


def manifest_of_model(n: int) -> bytes:
    files = {f"file {i}": {"bytes": 1, "sha256": ""} for i in range(n)}
    return json.dumps({"format": "emoticare-model", "format_version": 1, "files": files}).encode()


def read_job(path: Path) -> None:
    Manifest.resume(LocalStorage(), str(path), {}, LocalLock("", ""))


def read_table(path: Path) -> None:
    list(read_records(path, ["text"], Faults("", "")))


FILES: dict[str, tuple[str, Callable[[Path], object], Callable[[int], bytes], int]] = {
    "overlay": ("o.json", lambda path: read_overlay(path, LABELS), overlay_of, 5_000),
    "overlay, brackets": ("o.json", lambda p: read_overlay(p, LABELS), lambda n: b"[" * n, 100_000),
    "manifest of a job": ("manifest.json", read_job, manifest_of_job, 10_000),
    "manifest of a model": (
        "manifest.json", lambda path: load_artifact(path.parent), manifest_of_model, 5_000,
    ),
    "labelled CSV, columns": ("t.csv", read_table, lambda n: b"a," * n + b"\n1\n", 50_000),
    "labelled CSV, quotes": ("t.csv", read_table, lambda n: b'text\na"\n' + b'"a\n' * n, 50_000),
    "labelled TSV, bad bytes": ("t.tsv", read_table, lambda n: b"text\n" + b"\xff\n" * n, 50_000),
    "labelled JSON lines": ("t.jsonl", read_table, lambda n: b'{"text": 1}\n' * n, 10_000),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_in_files(name, tmp_path):
    file_name, read, make, n = FILES[name]
    paths = []
    for size in (n, 2 * n):
        paths.append(tmp_path / str(size) / file_name)
        paths[-1].parent.mkdir()
        paths[-1].write_bytes(make(size))
    check_linear(lambda: read(paths[0]), lambda: read(paths[1]))


def normalizers_of(n: int) -> bytes:
    steps = [{"type": "Replace", "pattern": {"String": "a"}, "content": "b"} for _ in range(n)]
    return json.dumps({"type": "Sequence", "normalizers": steps}).encode()


def test_normalizers_are_bounded():
    """Their steps are compared with each other: there may be no more than a few hundred."""
    check_growth(normalizers_of(100))
    with pytest.raises(EmoticareError, match="normalizers"):
        check_growth(normalizers_of(100_000))


def test_a_key_of_many_parts_is_refused_before_it_is_read():
    for document in ("a." * 32_000 + "a = 1", "[" + "a." * 1_500 + "a]"):
        with pytest.raises(EmoticareError, match="line 1: expected at most 64 dots"):
            Policy.parse(document)
