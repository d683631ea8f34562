"""Tables of SQLite databases, read and written."""

import json
import random
import sqlite3
from contextlib import closing, suppress

import pytest
from score_tables import read_csv, read_jsonl, write_csv

from emoticare import DataError, UsageError


@pytest.fixture
def database(tmp_path):
    """Makes a database of SQL statements."""

    def make(*statements):
        path = tmp_path / "in.db"
        with closing(sqlite3.connect(path)) as connection, connection:
            for statement in statements:
                connection.execute(statement)
        return path

    return make


def rows(path, table="scored"):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f'SELECT * FROM "{table}"').fetchall()


POSTS = (
    "CREATE TABLE posts (id INTEGER, text TEXT, x, raw BLOB)",
    "INSERT INTO posts VALUES (1, 'so happy', 2.5, x'00ff'), (2, 'i hate it', NULL, NULL), "
    "(3, 4, '007', 9223372036854775807), (4, NULL, 'a', 'b')",
)


def test_a_table_is_scored_and_keeps_its_values(score, database, tmp_path, tiny):
    path = database(*POSTS)
    assert score(path, tmp_path / "out.sqlite").failures == 1
    labels = ["|".join(p.labels) for p in tiny.predict(["so happy", "i hate it", "4"])]
    assert rows(tmp_path / "out.sqlite") == [
        (1, "so happy", 2.5, b"\x00\xff", labels[0], None),
        (2, "i hate it", None, None, labels[1], None),
        # SQLite itself makes a text of a number in a column of texts.
        (3, "4", "007", 2**63 - 1, labels[2], None),
        (4, None, "a", "b", None, "no text"),
    ]
    score(path, tmp_path / "out.csv")
    assert [row["raw"] for row in read_csv(tmp_path / "out.csv")] == [
        "AP8=", "", "9223372036854775807", "b",
    ]  # fmt: skip


def test_a_table_by_its_name_in_and_out(score, database, tmp_path):
    path = database(
        *POSTS, "CREATE TABLE 'a \"b\"' (text)", "INSERT INTO 'a \"b\"' VALUES ('so happy')"
    )
    with pytest.raises(DataError, match=r"expected one table, found .*, 'posts'.*--table"):
        score(path, tmp_path / "out.db")
    with pytest.raises(DataError, match="expected a table 'c', found"):
        score(path, tmp_path / "out.db", settings={"table": "c"})
    score(path, tmp_path / "out.db", settings={"table": 'a "b"'})
    assert [row[0] for row in rows(tmp_path / "out.db", 'a ""b""')] == ["so happy"]


def test_json_becomes_a_table(score, tmp_path):
    row = {"text": "so happy", "n": 2**70, "l": [1, "a"], "b": True, "f": 1.5}
    (tmp_path / "in.jsonl").write_text(json.dumps(row))
    score(tmp_path / "in.jsonl", tmp_path / "out.db", settings={"scores": "top"})
    found = rows(tmp_path / "out.db")[0]
    assert found[:5] == ("so happy", str(2**70), '[1, "a"]', 1, 1.5)
    assert isinstance(found[7], float)


def test_texts_that_are_not_utf_8(score, database, tmp_path):
    path = database(
        "CREATE TABLE t (text TEXT)", "INSERT INTO t VALUES (CAST(x'736fff' AS TEXT)), ('é')"
    )
    score(path, tmp_path / "out.jsonl")
    found = [(row["text"], row["emotion_error"]) for row in read_jsonl(tmp_path / "out.jsonl")]
    assert found == [("so\ufffd", "invalid UTF-8"), ("é", None)]


def test_views_and_virtual_tables_are_not_read(score, database, tmp_path):
    endless = "WITH RECURSIVE n(text) AS (SELECT 'a' UNION ALL SELECT text FROM n) SELECT * FROM n"
    path = database("CREATE TABLE t (text)", f"CREATE VIEW posts AS {endless}")
    with pytest.raises(DataError, match="expected a table 'posts', found 't'"):
        score(path, tmp_path / "out.csv", settings={"table": "posts"})


def test_a_database_in_use_is_refused(score, database, tmp_path):
    path = database(*POSTS)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        with connection:
            connection.execute("DELETE FROM posts")
        with pytest.raises(DataError, match="found one in use"):
            score(path, tmp_path / "out.csv")


@pytest.mark.parametrize("content", [b"", b"text\nso happy\n", b"SQLite format 3\0" + bytes(200)])
def test_what_is_no_database_is_refused(score, tmp_path, content):
    (tmp_path / "in.db").write_bytes(content)
    with pytest.raises(DataError, match=r"a whole SQLite database|one table, found \(none\)"):
        score(tmp_path / "in.db", tmp_path / "out.csv")


def test_a_damaged_database_is_an_answer(score, database, tmp_path):
    path = database("CREATE TABLE t (text)", *["INSERT INTO t VALUES ('so happy')"] * 40)
    whole = path.read_bytes()
    rng = random.Random(1)
    for _ in range(40):
        place = rng.choice([rng.randrange(100), rng.randrange(len(whole))])
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 64]) + whole[place + 1 :])
        with suppress(DataError):
            score(path, tmp_path / "out.csv", restart=True)


def test_columns_that_a_database_cannot_have_are_refused_at_once(score, tmp_path):
    write_csv(tmp_path / "in.csv", [["a", "so happy", "b"]], header=("n", "text", "N"))
    with pytest.raises(UsageError, match="differ in more than their case"):
        score(tmp_path / "in.csv", tmp_path / "out.db")
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_a_database_far_away_is_refused(score, tmp_path):
    import fsspec

    with fsspec.open("memory://bucket/in.db", "wb") as file:
        file.write(b"SQLite format 3\0")
    with pytest.raises(UsageError, match="Copy it first"):
        score("memory://bucket/in.db", tmp_path / "out.csv")
