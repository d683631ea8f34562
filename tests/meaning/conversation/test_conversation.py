import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import emoticare
from emoticare.errors import InputError, UsageError
from emoticare.meaning.conversation import Conversation, ConversationTracker, Turn
from emoticare.meaning.conversation.preceding_turns import (
    CONTEXT_TURNS,
    MOST_CONTEXT_TURNS,
    PrecedingTurns,
)
from emoticare.meaning.conversation.running_state import Decay, RunningState
from emoticare.meaning.conversation.shifts import ShiftDetector
from emoticare.meaning.conversation.turn_plan import ScoredTurn
from emoticare.meaning.conversation.turns import seconds, time_from_json
from emoticare.meaning.moderation import Moderator, Policy
from emoticare.stages.text import Reply
from emoticare.stages.tokens import CONTEXT_CHARS

EXAMPLES = Path(__file__).parents[3] / "examples"
LABELS = ("annoyance", "joy", "neutral")
THRESHOLDS = np.array([0.3, 0.3, 0.3], np.float32)
ESCALATION = [
    "Hi, my order has not arrived.",
    "I already wrote that, this is annoying.",
    "Hello? This is really annoying, it is the third time I ask!",
]


def row(*scores: float) -> np.ndarray:
    return np.array(scores, np.float32)


def test_a_turn_says_what_the_classifier_says(embedded):
    chat = emoticare.Conversation(embedded)
    event = chat.add(ESCALATION[0], "Ann", 3.5)
    prediction = embedded(ESCALATION[0])
    assert event.labels == prediction.labels
    assert event.scores == pytest.approx(prediction.scores)
    assert event.state.scores == pytest.approx(prediction.scores)
    assert (event.turn, event.speaker, event.time, event.state.n_turns) == (1, "Ann", 3.5, 1)
    assert (event.shifts, event.moderation) == ([], None)


def test_annoyance_rises_and_a_program_can_act_on_it(embedded):
    chat = Conversation(embedded, policy=Policy.default(embedded.artifact.config))
    for text in ESCALATION:
        chat.add("I see.", "Support")
        event = chat.add(text, "Ann")
    assert event.shifts[0].words == "annoyance rising over the last three turns"
    record = event.to_dict(top_k=2)
    assert list(record) == [
        "turn", "speaker", "time", "labels", "scores", "state", "shifts", "moderation",
    ]  # fmt: skip
    assert record["shifts"][0]["label"] == "annoyance"
    assert record["shifts"][0]["words"] == event.shifts[0].words
    assert len(record["scores"]) == len(record["state"]["scores"]) == 2
    assert record["moderation"]["action"] == "flag"
    assert [summary.speaker for summary in chat.speakers] == ["Support", "Ann"]
    assert chat.speakers[1].to_dict()["state"] == event.state.to_dict()


@pytest.mark.parametrize("reader", ["tiny", "tiny_with_context"])
def test_turns_at_once_and_one_by_one_are_the_same(reader, request):
    classifier = request.getfixturevalue(reader)
    turns = [Turn(f"so happy {i}", "AB"[i % 2], float(i)) for i in range(300)]
    one = Conversation(classifier)
    two = Conversation(classifier)
    alone = [one.add(turn.text, turn.speaker, turn.time) for turn in turns]
    assert list(two.stream(turns)) == alone
    assert one.speakers == two.speakers


@given(
    st.lists(
        st.tuples(
            st.floats(0, 1, width=32), st.none() | st.floats(-1e6, 1e6), st.floats(0, 1, width=32)
        ),
        min_size=1,
        max_size=20,
    )
)
def test_the_state_is_the_mean_that_the_docs_tell(turns):
    decay = Decay(turns=2.0, seconds=100.0)
    state = RunningState(2, decay)
    for first, time_s, second in turns:
        state.update(row(first, second), time_s)
    weights, last_s, age = [], None, 0.0
    ages = []
    for _, time_s, _ in turns:
        elapsed = 0.0
        if time_s is not None:
            elapsed = max(0.0, time_s - last_s) if last_s is not None else 0.0
            last_s = time_s if last_s is None else max(last_s, time_s)
        age += 1 / 2.0 + elapsed / 100.0
        ages.append(age)
    weights = [2.0 ** -(ages[-1] - age) for age in ages]
    for column, values in enumerate(zip(*[(a, b) for a, _, b in turns], strict=True)):
        expected = np.average(values, weights=weights)
        assert state.scores[column] == pytest.approx(expected, abs=1e-6)
    assert ((state.scores >= 0) & (state.scores <= 1 + 1e-9)).all()


def told(states: list[float], min_step: float = 0.05) -> list[list[tuple[str, str, int]]]:
    detector = ShiftDetector(LABELS, THRESHOLDS, min_step)
    return [
        [(shift.label, shift.direction, shift.n_turns) for shift in found]
        for found in (detector.update(np.array([x, 0.0, x])) for x in states)
    ]


def test_what_rises_for_three_turns_is_told_until_it_stops():
    assert told([0.1, 0.2, 0.35, 0.5, 0.51]) == [
        [], [], [("annoyance", "rising", 3)], [("annoyance", "rising", 4)], [],
    ]  # fmt: skip


def test_what_stays_below_its_threshold_is_not_told():
    assert told([0.05, 0.12, 0.2]) == [[], [], []]


def test_what_was_there_for_two_turns_falls_and_a_single_peak_only_fades():
    assert told([0.6, 0.6, 0.4, 0.2])[-1] == [("annoyance", "falling", 3)]
    assert told([0.1, 0.6, 0.4, 0.2])[-1] == []
    assert told([0.6, 0.4, 0.2])[-1] == []


def test_speakers_are_forgotten_where_there_are_too_many():
    tracker = ConversationTracker(LABELS, THRESHOLDS, max_speakers=2)
    for speaker in "ABAC":
        tracker.update(speaker, None, ScoredTurn(row(0.5, 0, 0)))
    assert [summary.speaker for summary in tracker.summaries()] == ["A", "C"]
    assert tracker.update("B", None, ScoredTurn(row(0.5, 0, 0))).state.n_turns == 1


def test_times():
    zone = timezone(timedelta(hours=1))
    assert seconds(datetime(1970, 1, 1, 1)) == seconds(datetime(1970, 1, 1, 1, tzinfo=UTC)) == 3600
    assert seconds(datetime(1970, 1, 1, 1, tzinfo=zone)) == 0
    assert time_from_json("1970-01-01T01:00:00+01:00") == datetime(1970, 1, 1, 1, tzinfo=zone)
    for bad in ("soon", True, [], float("nan"), float("inf")):
        with pytest.raises(InputError):
            time_from_json(bad)


@pytest.mark.parametrize(
    "turn",
    [Turn(3), Turn("a", None), Turn("a", "A", "noon"), Turn("a", "A", float("nan"))],
    ids=["text", "speaker", "time", "nan"],
)
def test_what_is_no_turn_is_refused_and_changes_nothing(tiny, turn):
    chat = Conversation(tiny)
    with pytest.raises(InputError):
        chat.add(turn.text, turn.speaker, turn.time)
    assert chat.add("so happy").turn == 1


def test_half_lives_are_above_0(tiny):
    with pytest.raises(UsageError):
        Conversation(tiny, half_life_turns=0)
    with pytest.raises(UsageError):
        Conversation(tiny, half_life_s=float("nan"))


def test_the_chatbot_hands_over_when_annoyance_rises():
    said = "\n".join([*ESCALATION, "Thanks a lot!"])
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "chatbot.py")],
        input=said,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    answers = done.stdout.splitlines()
    assert answers[0] == "bot> I'm listening."
    assert answers[2] == "bot> I see that this goes wrong. I'm calling a colleague who can help."
    assert answers[3] == "bot> You're welcome!"


def test_what_a_conversation_tells_shows_itself(embedded):
    chat = Conversation(embedded, policy=Policy.default(embedded.artifact.config))
    for text in ESCALATION:
        event = chat.add(text, "<b>Ann</b>")
    assert repr(event).startswith("TurnEvent(3, <b>Ann</b>: annoyance 0.")
    assert "; annoyance rising over the last three turns" in repr(event)
    assert repr(event.shifts[0]).startswith("Shift(annoyance rising over the last three turns: 0.")
    assert repr(event.state).startswith("SpeakerState(annoyance 0.")
    assert repr(chat.speakers[0]).startswith("SpeakerSummary(<b>Ann</b>, 3 turns: annoyance 0.")
    assert repr(chat.add("Thanks!")).startswith("TurnEvent(4: gratitude 0.")
    assert event.top(1)[0].name == event.state.top(1)[0].name == "annoyance"
    assert event.sentiment == embedded(ESCALATION[-1]).sentiment
    assert len({event, event, event.state}) == 2
    assert len({*chat.speakers, *chat.speakers}) == len(chat.speakers) == 2
    assert json.loads(json.dumps(event.to_dict())) == event.to_dict()
    html = event._repr_html_()
    assert "turn 3, &lt;b&gt;Ann&lt;/b&gt;" in html
    assert "annoyance rising over the last three turns" in html


SAID = ["so happy", "I hate it. No!", "", "why do you want that", "sad " * 90, "thanks"]


@pytest.mark.parametrize("n_turns", [0, 1, 2, 5, MOST_CONTEXT_TURNS])
def test_a_turn_is_read_with_those_before_it(tiny_with_context, n_turns):
    chat = Conversation(tiny_with_context, context_turns=n_turns)
    for i, text in enumerate(SAID):
        before = SAID[max(0, i - n_turns) : i]
        expected = tiny_with_context(text, context="\n".join(before))
        event = chat.add(text, "AB"[i % 2])
        assert event.scores == expected.scores
        assert event.labels == expected.labels


def test_by_default_one_turn_before_is_read_if_the_model_can(tiny, tiny_with_context):
    turns = [Turn(text) for text in SAID]
    of_one = list(Conversation(tiny_with_context, context_turns=1).stream(turns))
    assert CONTEXT_TURNS == 1
    assert list(Conversation(tiny_with_context).stream(turns)) == of_one
    of_none = list(Conversation(tiny_with_context, context_turns=0).stream(turns))
    assert of_one != of_none
    assert list(Conversation(tiny).stream(turns)) == of_none
    assert list(Conversation(tiny, context_turns=10).stream(turns)) == of_none


@pytest.mark.parametrize("scope", ["text", "sentence"])
def test_a_policy_reads_each_turn_alone(tiny_with_context, scope):
    policy = Policy.parse(
        f"""
        schema = 1
        name = "all"
        [categories.hostility]
        emotions = ["anger", "annoyance"]
        scope = "{scope}"
        review = 0.001
        reason = "A reason"
        """
    )
    turns = [Turn(text) for text in SAID * 50]
    events = list(Conversation(tiny_with_context, policy=policy).stream(turns))
    without_policy = list(Conversation(tiny_with_context).stream(turns))
    moderator = Moderator(tiny_with_context, policy)
    moderations = moderator.moderate([turn.text for turn in turns], moderator.session())
    assert [event.moderation for event in events] == moderations
    assert [event.scores for event in events] == [event.scores for event in without_policy]
    assert scope == "text" or any(one.findings[0].start is not None for one in moderations)


def test_turns_that_were_not_asked_for_are_no_context(tiny_with_context):
    chat = Conversation(tiny_with_context, context_turns=2)
    events = chat.stream(Turn(text) for text in ("so happy", "sad", "I hate it", "why"))
    next(events), next(events)
    expected = tiny_with_context("no", context="so happy\nsad")
    assert chat.add("no").scores == expected.scores


def test_a_turn_that_is_refused_is_no_context(tiny_with_context):
    chat = Conversation(tiny_with_context)
    chat.add("so happy")
    with pytest.raises(InputError):
        chat.stream([Turn("I hate it"), Turn("why", "A", "noon")]).__next__()
    assert chat.add("no").scores == tiny_with_context("no", context="so happy").scores


@pytest.mark.parametrize(
    "long", ["so happy " * 250_000, " " * 2_000_000, "x" * 2_000_000, "\ud83d" * 9]
)
def test_of_a_long_turn_only_what_can_be_read_is_kept(tiny_with_context, long):
    chat = Conversation(tiny_with_context, context_turns=2)
    for text in ("sad", long):
        chat.add(text)
    assert chat.add("why").scores == tiny_with_context("why", context=f"sad\n{long}").scores
    preceding = PrecedingTurns()
    for _ in range(99):
        preceding.add(long)
    (reply,) = preceding.replies(["why"], MOST_CONTEXT_TURNS)
    assert isinstance(reply, str) or len(reply.context) <= CONTEXT_CHARS
    assert sum(map(len, preceding._turns)) <= MOST_CONTEXT_TURNS * CONTEXT_CHARS


def test_preceding_turns_follow_each_other():
    preceding = PrecedingTurns()
    preceding.add("a")
    assert preceding.replies(["b", "c", "d"], 2) == [
        Reply("b", "a"), Reply("c", "a\nb"), Reply("d", "b\nc"),
    ]  # fmt: skip
    assert preceding.replies(["b"], 0) == ["b"]
    assert preceding.replies(["b"], 2) == [Reply("b", "a")]


@pytest.mark.parametrize("bad", [-1, 11, 1.5, "2", None, True])
def test_context_turns_are_a_small_number(tiny, bad):
    with pytest.raises(UsageError, match="context_turns"):
        Conversation(tiny, context_turns=bad)
