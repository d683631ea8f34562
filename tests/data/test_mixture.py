import json
from pathlib import Path

import numpy as np
import pytest

from emoticare.data.mixture import meanings_of, part_of, read_source, share_of_rest
from emoticare.errors import DataError, UsageError

LABELS = ("anger", "joy", "neutral")


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_what_a_row_says_is_known_and_the_rest_is_not(tmp_path: Path) -> None:
    path = write(
        tmp_path / "tweets.jsonl",
        {"text": "Great, rain again.", "labels": {"anger": 0.9, "joy": 0}, "meaning": "I hate it."},
        {"text": "Nobody has read this.", "labels": {}},
    )
    source = read_source(path, 0.25, LABELS)
    assert (source.name, source.share) == ("tweets", 0.25)
    assert source.texts == ["Great, rain again.", "Nobody has read this."]
    np.testing.assert_equal(source.labels, np.array([[0.9, 0, np.nan], [np.nan] * 3], np.float32))
    assert meanings_of([source]) == {"Great, rain again.": "I hate it."}
    assert share_of_rest([source]) == 0.75
    assert source.contexts == ()


def test_a_reply_has_what_was_said_before_it(tmp_path: Path) -> None:
    path = write(
        tmp_path / "replies.jsonl",
        {"text": "Again?", "labels": {"anger": 1}, "context": "The lift is broken."},
        {"text": "Again?", "labels": {"neutral": 1}},
        {"text": "Fine.", "labels": {"joy": 1}, "risks": {"threat": 0}, "context": None},
    )
    source = read_source(path, 0.25, LABELS)
    assert list(source.contexts) == ["The lift is broken.", "", ""]
    kept = part_of(source, np.array([0, 2]))
    assert (kept.texts, kept.contexts) == (["Again?", "Fine."], ["The lift is broken.", ""])
    assert kept.risks is not None
    np.testing.assert_equal(kept.labels, source.labels[[0, 2]])
    assert len(kept.risks) == 2


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"text": "a b", "labels": {"envy": 1}}, "a label that"),
        ({"text": "a b", "labels": {"joy": 1.5}}, "no number from 0 to 1"),
        ({"text": "a b", "labels": {"joy": True}}, "no number from 0 to 1"),
        ({"text": "a b", "labels": {"joy": None}}, "no number from 0 to 1"),
        ({"text": "a b", "labels": ["joy"]}, "labels of type list"),
        ({"text": "a b", "labels": "joy"}, "no JSON object"),
        ({"text": " ", "labels": {}}, "an empty text"),
        ({"text": 3, "labels": {}}, "of type int"),
        ({"text": "a b", "labels": {}, "meaning": ""}, "an empty text"),
        ({"text": "a b", "labels": {}, "context": ["c"]}, "of type list"),
    ],
)
def test_a_malformed_row_is_named_without_its_text(tmp_path: Path, row: object, found: str) -> None:
    path = write(tmp_path / "a.jsonl", {"text": "fine", "labels": {"joy": 1}}, row)
    with pytest.raises(DataError, match="line 2") as error:
        read_source(path, 0.5, LABELS)
    assert found in str(error.value)
    assert "a b" not in str(error.value)


def test_shares_leave_something_to_the_labelled_data(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", {"text": "fine", "labels": {"joy": 1}})
    for share in (0.0, 1.0, -1.0, float("nan")):
        with pytest.raises(UsageError, match="share"):
            read_source(path, share, LABELS)
    with pytest.raises(UsageError, match="leave something"):
        share_of_rest([read_source(path, 0.5, LABELS)] * 2)


def test_a_file_without_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        read_source(write(tmp_path / "a.jsonl"), 0.5, LABELS)
