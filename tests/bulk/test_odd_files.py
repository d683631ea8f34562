"""Spreadsheets as people have them: each scored right, or refused in one clear sentence."""

import codecs

import pytest
from score_tables import read_csv, read_jsonl

from emoticare import DataError, UsageError
from emoticare.bulk import ScoreSettings
from emoticare.bulk.encodings import as_utf8

PLAIN = "id,text,n\n1,so happy at the café,2\n2,“i hate it” – really,3\n"
EUROPEAN = PLAIN.replace(",", ";")
TABS = PLAIN.replace(",", "\t")
EXPECTED = ["so happy at the café", "“i hate it” – really"]
LATIN = [text.encode("cp1252").decode("latin-1") for text in EXPECTED]

SCORED = {
    "commas": (PLAIN.encode(), {}, EXPECTED),
    "semicolons": (EUROPEAN.encode(), {}, EXPECTED),
    "tabs": (TABS.encode(), {}, EXPECTED),
    "vertical bars": (PLAIN.replace(",", "|").encode(), {}, EXPECTED),
    "a byte order mark": (codecs.BOM_UTF8 + PLAIN.encode(), {}, EXPECTED),
    "Windows-1252": (PLAIN.encode("cp1252"), {}, EXPECTED),
    "Windows-1252, semicolons": (EUROPEAN.encode("cp1252"), {}, EXPECTED),
    "Latin-1, given": (PLAIN.encode("cp1252"), {"encoding": "latin-1"}, LATIN),
    "UTF-16": (PLAIN.encode("utf-16"), {}, EXPECTED),
    "UTF-16, tabs, as Excel saves it": (TABS.replace("\n", "\r\n").encode("utf-16"), {}, EXPECTED),
    "UTF-16 without a mark": (PLAIN.encode("utf-16-le"), {}, EXPECTED),
    "UTF-16, the other end first": (PLAIN.encode("utf-16-be"), {}, EXPECTED),
    "UTF-32": (PLAIN.encode("utf-32"), {}, EXPECTED),
    "line ends of an old Mac": (PLAIN.replace("\n", "\r").encode(), {}, EXPECTED),
    "the line of a spreadsheet": (f"sep=;\r\n{EUROPEAN}".encode(), {}, EXPECTED),
    "another delimiter, given": (PLAIN.replace(",", "~").encode(), {"delimiter": "~"}, EXPECTED),
    "empty lines before": (b"\r\n\n" + EUROPEAN.encode(), {}, EXPECTED),
    "quotes that hold all": (
        'text;n\n"a; ""b"",\nc";1\n'.encode("utf-16"), {}, ['a; "b",\nc'],
    ),
    "a comma in a name": (b'text;"b,c"\nso happy;1\n', {}, ["so happy"]),
    "texts alone": (b"text\nso happy; really\n", {}, ["so happy; really"]),
}  # fmt: skip


@pytest.mark.parametrize("name", SCORED)
def test_an_odd_file_is_read_right(score, tmp_path, name):
    content, settings, expected = SCORED[name]
    (tmp_path / "in.csv").write_bytes(content)
    summary = score(tmp_path / "in.csv", tmp_path / "out.jsonl", settings=settings)
    assert [row["text"] for row in read_jsonl(tmp_path / "out.jsonl")] == expected
    assert summary.failures == 0


REFUSED = {
    "columns twice": (b"text;n;n\na;1;2\n", "expected each column once, found 'n' several times"),
    "columns without a name": (b"text;;\na;1;2\n", "found 2 columns without a name"),
    "no line of names": (b"1;so happy;2\n", "the first line of a table names them"),
    "no bytes": (b"", "whose first line names the columns, found nothing"),
    "empty lines alone": (b"\n\n\r\n", "whose first line names the columns, found nothing"),
    "another column": (b"id;body\n1;so happy\n", "found the columns 'id', 'body'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_odd_file_is_refused_clearly(score, tmp_path, name):
    content, message = REFUSED[name]
    (tmp_path / "in.csv").write_bytes(content)
    with pytest.raises(DataError, match=message):
        score(tmp_path / "in.csv", tmp_path / "out.csv")


def test_rows_of_other_lengths_keep_their_place(score, tmp_path):
    (tmp_path / "in.csv").write_bytes("id;text\n1;so happy\n2\n3;é;x\n".encode("cp1252"))
    score(tmp_path / "in.csv", tmp_path / "out.jsonl")
    errors = [row["emotion_error"] for row in read_jsonl(tmp_path / "out.jsonl")]
    assert errors == [None, "1 fields, but 2 columns", "3 fields, but 2 columns"]


def test_what_was_found_is_said_once_and_kept_in_the_result(score, tmp_path):
    (tmp_path / "in.csv").write_bytes(EUROPEAN.encode("cp1252"))
    notes = []
    score(tmp_path / "in.csv", tmp_path / "out.csv", on_note=notes.append)
    name = tmp_path / "in.csv"
    assert notes == [
        f"{name} is read as windows-1252; --encoding says otherwise",
        f"{name} is read with semicolons between values; --delimiter says otherwise",
    ]
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "id;text;n;emotion_labels;emotion_error"
    score(tmp_path / "in.csv", tmp_path / "out.tsv")
    assert (tmp_path / "out.tsv").read_text(encoding="utf-8").startswith("id\ttext\tn\t")


def test_what_is_given_is_not_said(score, tmp_path):
    (tmp_path / "in.csv").write_bytes(EUROPEAN.encode("cp1252"))
    notes, settings = [], {"delimiter": ";", "encoding": "cp1252"}
    score(tmp_path / "in.csv", tmp_path / "out.csv", settings=settings, on_note=notes.append)
    assert notes == []


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-8-sig"])
def test_json_lines_in_any_encoding(score, tmp_path, encoding):
    line = '{"text": "so happy at the café", "n": 1.50}\n'
    (tmp_path / "in.jsonl").write_bytes(line.encode(encoding))
    score(tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    found = (tmp_path / "out.jsonl").read_text(encoding="utf-8")
    assert found.startswith(line[:-2] + ', "emotion_labels": ')
    score(tmp_path / "in.jsonl", tmp_path / "out.csv")
    assert read_csv(tmp_path / "out.csv")[0]["text"] == "so happy at the café"


@pytest.mark.parametrize(
    "settings", [{"delimiter": ";;"}, {"delimiter": '"'}, {"delimiter": "\n"}, {"delimiter": ""},
                 {"encoding": "klingon"}, {"encoding": "base64"}, {"encoding": "a\0b"}], ids=str,
)  # fmt: skip
def test_spellings_that_cannot_be(settings):
    with pytest.raises(UsageError, match="Expected"):
        ScoreSettings(**settings)


class Slow:
    """Gives one byte at a time, as a pipe may."""

    def __init__(self, content):
        self._content = content

    def read(self, _n):
        first, self._content = self._content[:1], self._content[1:]
        return first


@pytest.mark.parametrize(
    ("content", "found", "text"),
    [
        (b"plain", [], "plain"),
        ("café".encode(), [], "café"),
        ("😀 é".encode(), [], "😀 é"),
        ("caf\xe9 au".encode("cp1252"), ["windows-1252"], "café au"),
        ("café".encode()[:-1], ["windows-1252"], "cafÃ"),
        (b"a \xff b", [], "a \ufffd b"),
    ],
)
def test_a_character_may_come_in_pieces(content, found, text):
    notes = []
    stream = as_utf8(Slow(content), None, notes.append, waits=False)
    assert (stream.read().decode(errors="replace"), notes) == (text, found)


@pytest.mark.parametrize("encoding", ["utf-16", "ascii", "cp1252"])
def test_bytes_that_are_no_text_are_the_fault_of_their_row(score, tmp_path, encoding):
    bad = {"utf-16": "\ud800".encode("utf-16-le", "surrogatepass"), "ascii": b"\xff"}
    content = "text\nso happy\nso ".encode(encoding) + bad.get(encoding, b"\x81")
    (tmp_path / "in.csv").write_bytes(content + "sad\n".encode(encoding.replace("16", "16-le")))
    score(tmp_path / "in.csv", tmp_path / "out.jsonl", settings={"encoding": encoding})
    good, faulty = read_jsonl(tmp_path / "out.jsonl")
    assert (good["emotion_error"], faulty["emotion_error"]) == (None, "invalid UTF-8")
    assert faulty["text"] == "so \ufffdsad"
