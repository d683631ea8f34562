import numpy as np
import polars as pl

import emoticare.integrations.polars  # noqa: F401 - registers the namespace
from emoticare.labels import LABELS

TEXTS = ["so happy", None, "i hate it", "very sad"]


def test_labels_and_scores_in_an_eager_and_in_a_lazy_frame(tiny):
    text = pl.col("text").emoticare
    frame = pl.DataFrame({"id": range(4), "text": TEXTS})
    found = frame.with_columns(labels=text.labels(tiny), scores=text.scores(tiny))
    assert found.schema["labels"] == pl.List(pl.String)
    assert found.schema["scores"] == pl.Struct(dict.fromkeys(LABELS, pl.Float32))
    present = [t for t in TEXTS if t]
    assert found["labels"].drop_nulls().to_list() == [p.labels for p in tiny.predict(present)]
    assert found["labels"][1] is None
    scores = found["scores"].struct.unnest().drop_nulls().to_numpy()
    np.testing.assert_array_equal(scores, tiny.predict_proba(present))
    lazy = frame.lazy().with_columns(labels=text.labels(tiny), scores=text.scores(tiny))
    assert lazy.collect_schema() == found.schema
    assert lazy.collect().equals(found)


def test_an_empty_column(tiny):
    frame = pl.DataFrame({"text": []}, schema={"text": pl.String})
    found = frame.select(pl.col("text").emoticare.labels(tiny))
    assert found.schema == {"text": pl.List(pl.String)}


def test_thresholds_groups_and_warnings(tiny):
    text = pl.col("text").emoticare
    frame = pl.DataFrame({"text": [*TEXTS, "?"]})
    found = frame.select(
        labels=text.labels(tiny, threshold=0),
        abstaining=text.labels(tiny, threshold=0, abstain=True),
        groups=text.groups(tiny),
        warnings=text.warnings(tiny),
    )
    assert found["labels"].list.len().to_list() == [28, None, 28, 28, 28]
    assert found["abstaining"].list.len().to_list() == [28, None, 28, 28, 0]
    assert found["warnings"].to_list() == [[], None, [], [], ["too_short"]]
    groups = found["groups"].struct.unnest()
    assert groups.columns[0] == "ekman_anger"
    assert groups["ekman_joy"][0] == np.float32(tiny("so happy").groups["ekman"]["joy"])
    assert groups["ekman_joy"][1] is None


def test_replies_are_read_with_the_column_of_what_was_said_before(tiny_with_context):
    said = ["you are sad", "i hate it", None, ""]
    frame = pl.DataFrame({"text": TEXTS, "said": said})
    text = pl.col("text").emoticare
    expected = tiny_with_context.predict(TEXTS[0::2], context=said[0::2])
    for context in ("said", pl.col("said")):
        for found in (frame, frame.lazy()):
            columns = found.lazy().select(
                labels=text.labels(tiny_with_context, context=context),
                scores=text.scores(tiny_with_context, context=context),
                groups=text.groups(tiny_with_context, context=context),
            )
            scored = columns.collect()
            assert scored.schema == columns.collect_schema()
            assert scored["labels"][0::2].to_list() == [p.labels for p in expected]
            assert scored["labels"][1] is None
            first = scored["scores"][0]
            assert list(first.values()) == [np.float32(x) for x in expected[0].scores.values()]
            assert scored["groups"][0] != frame.select(text.groups(tiny_with_context)).item(0, 0)
