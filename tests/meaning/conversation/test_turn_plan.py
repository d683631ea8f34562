import numpy as np
import pytest

from emoticare.meaning.conversation.turn_plan import TurnPlan
from emoticare.meaning.scored_texts import ScoringPlan
from emoticare.stages.probabilities import sigmoid
from emoticare.stages.text import Reply

TEXTS = ["I hate it. No!", "why", "so happy. I am sad.", ""]


@pytest.mark.parametrize(
    "turns",
    [TEXTS, [TEXTS[0], Reply("why", "no"), Reply(TEXTS[2], "why"), ""]],
    ids=["alone", "in context"],
)
@pytest.mark.parametrize("with_sentences", [False, True])
def test_turns_are_read_in_context_and_their_texts_alone(tiny, turns, with_sentences):
    alone = ScoringPlan(TEXTS, tiny.tokenize if with_sentences else None)
    plan = TurnPlan(turns, alone)
    n_replies = sum(isinstance(turn, Reply) for turn in turns)
    assert plan.texts[: len(turns)] == turns
    assert plan.n_first == len(plan.texts) - n_replies == len(alone.texts)
    outputs = tiny.outputs(tiny.tokenize(plan.texts))
    expected = alone.scored(tiny.predict_outputs(alone.texts))
    in_context = sigmoid(tiny.outputs(tiny.tokenize(turns)))
    for found, of_text, of_turn in zip(plan.scored(outputs), expected, in_context, strict=True):
        np.testing.assert_array_equal(found.emotions, of_turn)
        np.testing.assert_array_equal(found.alone.text, of_text.text)
        np.testing.assert_array_equal(found.alone.sentences, of_text.sentences)
        assert found.alone.spans == of_text.spans


def test_without_a_policy_nothing_is_read_twice(tiny):
    plan = TurnPlan(["no", Reply("why", "no")], None)
    assert plan.texts == ["no", Reply("why", "no")]
    assert [one.alone for one in plan.scored(tiny.outputs(tiny.tokenize(plan.texts)))] == [None] * 2


def test_no_turns_are_no_scores(tiny):
    plan = TurnPlan([], ScoringPlan([], tiny.tokenize))
    assert list(plan.scored(tiny.predict_outputs([]))) == []
