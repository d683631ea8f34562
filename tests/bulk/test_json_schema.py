"""The types of columns that JSON lines become."""

import json

import pytest

from emoticare.bulk import ScoreSettings
from emoticare.bulk.inputs import find_inputs
from emoticare.bulk.json_schema import infer_schema
from emoticare.bulk.tables import ListOf, ObjectOf, Scalar

WIDE = 2**53 + 1


@pytest.fixture
def type_of(tmp_path):
    """Returns the type of the column in which these values stand, one a row."""

    def run(*values):
        path = tmp_path / "in.jsonl"
        path.write_text("".join(json.dumps({"text": "", "x": value}) + "\n" for value in values))
        schema = infer_schema(find_inputs([str(path)], None), ScoreSettings(), lambda _: None)
        return dict(schema.fields)["x"]

    return run


CASES = [
    ([None, None], Scalar.TEXT),
    (["a", None], Scalar.TEXT),
    ([1, None, -(2**63)], Scalar.WIDE_INT),
    ([1, 2**53], Scalar.INT),
    ([1, 2.5], Scalar.FLOAT),
    ([2.5, 1, None], Scalar.FLOAT),
    ([True, False, None], Scalar.BOOL),
    ([2**63], Scalar.JSON),
    ([WIDE, 0.5], Scalar.JSON),
    ([1, "a"], Scalar.JSON),
    ([True, 1], Scalar.JSON),
    ([0.5, True], Scalar.JSON),
    ([[1], "a"], Scalar.JSON),
    ([[1], {"a": 1}], Scalar.JSON),
    ([[1], [], [2.5], None], ListOf(Scalar.FLOAT)),
    ([[["a"]], [[]]], ListOf(ListOf(Scalar.TEXT))),
    ([[]], Scalar.JSON),
    ([[None]], Scalar.JSON),
    ([{}], Scalar.JSON),
    ([{"a": None}], Scalar.JSON),
    ([{"a": []}], Scalar.JSON),
    ([["\ud800"]], Scalar.JSON),
    ([{"\ud800": 1}], Scalar.JSON),
    (
        [{"b": 1}, {}, {"a": "x", "b": 0.5}, {"b": None}],
        ObjectOf((("b", Scalar.FLOAT), ("a", Scalar.TEXT))),
    ),
    ([[{"a": 1}], [{"b": [True]}]],
     ListOf(ObjectOf((("a", Scalar.INT), ("b", ListOf(Scalar.BOOL)))))),
]  # fmt: skip


@pytest.mark.parametrize(("values", "expected"), CASES, ids=str)
def test_the_type_that_holds_all_values(type_of, values, expected):
    assert type_of(*values) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2.5], Scalar.FLOAT),
        ([WIDE, 2.5], Scalar.JSON),
        ([1, WIDE], Scalar.WIDE_INT),
        ([True, 1], Scalar.JSON),
        ([None, "a"], Scalar.TEXT),
        ([[1], [2.5]], ListOf(Scalar.FLOAT)),
        ([[1], ["a"]], Scalar.JSON),
        ([{"a": 1}, {"b": 2, "a": 0.5}], ObjectOf((("a", Scalar.FLOAT), ("b", Scalar.INT)))),
        ([{"a": 1}, {"a": "x"}], Scalar.JSON),
    ],
    ids=str,
)
def test_the_type_that_holds_what_is_read_apart(type_of, monkeypatch, values, expected):
    monkeypatch.setattr("emoticare.bulk.json_lines._ROWS_AT_ONCE", 1)
    assert type_of(*values) == expected
