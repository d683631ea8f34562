"""A conversation over HTTP and over a stream: the numbers of the library."""

import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from websockets.sync.client import connect

from emoticare.meaning.conversation import Conversation, Turn, read_chat
from emoticare.meaning.moderation import Policy

from .conftest import running

EXPORTS = Path(__file__).parents[1] / "meaning" / "conversation" / "exports"
TURNS = [
    {"speaker": "Ann", "text": "Hi, my order has not arrived.", "time": 0},
    {"speaker": "Bob", "text": "Sorry to hear that!", "time": "1970-01-01T00:01:00+00:00"},
    {"speaker": "Ann", "text": "I already wrote that, this is annoying.", "time": 120.5},
    {"speaker": "Ann", "text": "This is really annoying, it is the third time I ask!"},
]
SENTENCES = """
schema = 1
name = "sentences"

[categories.hostility]
emotions = ["anger", "annoyance"]
scope = "sentence"
flag = 0.6
reason = "A sentence reads as angry"
"""


@pytest.fixture(scope="module")
def site(embedded):
    with running(lambda: embedded) as server:
        yield server


def expected(embedded, policy=None) -> list[dict]:
    chat = Conversation(embedded, policy=policy)
    times = [
        datetime.fromisoformat(t["time"]) if isinstance(t.get("time"), str) else t.get("time")
        for t in TURNS
    ]
    events = [chat.add(t["text"], t["speaker"], time) for t, time in zip(TURNS, times, strict=True)]
    return [event.to_dict() for event in events]


def assert_same(found, expected) -> None:
    """Check that two JSON values are the same, but for how numbers are rounded."""
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key, value in expected.items():
            assert_same(found[key], value)
    elif isinstance(expected, list):
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other)
    elif isinstance(expected, float):
        assert abs(found - expected) <= 2e-6
    else:
        assert found == expected


def approx(records: list[dict]) -> list:
    return json.loads(
        json.dumps(records), parse_float=lambda number: pytest.approx(float(number), abs=2e-6)
    )


def test_turns_get_the_numbers_of_the_library(site, embedded):
    answer = site.post("/v1/conversations", {"turns": TURNS, "moderate": True}).json
    texts = [turn.pop("text") for turn in answer["turns"]]
    assert texts == [turn["text"] for turn in TURNS]
    assert answer["turns"] == approx(expected(embedded, Policy.default(embedded.artifact.config)))
    assert answer["turns"][3]["shifts"][0]["words"].startswith("annoyance rising over the last th")
    assert [speaker["n_turns"] for speaker in answer["speakers"]] == [3, 1]
    assert answer["format"] is None


def test_an_export_is_read(site):
    content = (EXPORTS / "slack_day.json").read_text(encoding="utf-8")
    answer = site.post("/v1/conversations", {"chat": content, "top_k": 2}).json
    turns = read_chat(EXPORTS / "slack_day.json").turns
    assert [turn["text"] for turn in answer["turns"]] == [turn.text for turn in turns]
    assert all(len(turn["scores"]) == 2 and "moderation" not in turn for turn in answer["turns"])
    assert (answer["format"], answer["n_problems"], answer["n_skipped"]) == ("slack", 2, 2)
    assert answer["problems"][0] == {"place": "message 6", "reason": "a time (ts) that is none"}


@pytest.mark.parametrize(
    "body",
    [
        {"chat": "Ann: secret", "format": "secret"},
        {"turns": [{"text": "a", "time": "secret"}]},
        {"turns": [{"text": "a", "speaker": "secret" * 100}]},
        {"turns": [{"text": "a"}], "context_turns": "secret"},
        {"turns": [{"text": "a"}], "context_turns": 11},
        {"chat": "Ann: secret", "context_turns": -1},
        {"turns": [{"text": "a"}] * 1001},
        {"chat": "Ann: secret\n" * 1001},
    ],
)
def test_what_is_no_conversation_is_refused(site, body):
    answer = site.post("/v1/conversations", body)
    assert answer.status == 422
    assert b"secret" not in answer.content


@pytest.mark.parametrize("chat", ["secret words", '{"secret', "", "[]"])
def test_a_chat_that_cannot_be_read_is_told(site, chat):
    answer = site.post("/v1/conversations", {"chat": chat})
    assert (answer.status, answer.json["turns"], answer.json["n_problems"]) == (200, [], 1)
    assert answer.json["problems"][0]["reason"].startswith("Expected")
    assert b"secret" not in answer.content


def ask(stream, message) -> dict:
    stream.send(json.dumps(message))
    return json.loads(stream.recv(timeout=60))


def test_a_stream_keeps_the_state_of_each_speaker(site, embedded):
    with connect(f"ws://{site.host}:{site.port}/v1/stream") as stream:
        answers = [ask(stream, turn) for turn in TURNS]
        alone = ask(stream, {"text": "no"})
        bad = ask(stream, {"text": "no", "time": "secret"})
        again = ask(stream, {"text": "no", "speaker": "Ann", "top_k": 1, "id": 7})
    for answer in answers:
        assert answer.pop("n_tokens") > 2
        assert answer.pop("truncated") is False
        assert answer.pop("warnings") == []
    assert answers == approx(expected(embedded, Policy.default(embedded.artifact.config)))
    assert "state" not in alone
    assert bad["error_type"] == "validation"
    assert "secret" not in bad["error"]
    assert (again["id"], again["turn"], again["state"]["n_turns"]) == (7, 5, 4)
    assert len(again["scores"]) == len(again["state"]["scores"]) == 1


@pytest.mark.parametrize("context_turns", [None, 0])
def test_a_thousand_turns_get_the_same_numbers_in_every_way(tiny_with_context, context_turns):
    clf = tiny_with_context
    picked = np.random.default_rng(0)
    words = ["so happy", "hate", "why", "I am sad.", "thanks", "\n", "no ", "😀", "proud " * 40]
    turns = [
        {"text": " ".join(picked.choice(words, 4)), "speaker": "ABC"[n % 3], "time": n}
        for n in range(1000)
    ]
    option = {} if context_turns is None else {"context_turns": context_turns}
    chat = Conversation(clf, policy=Policy.default(clf.artifact.config), **option)
    events = list(chat.stream(Turn(**turn) for turn in turns))
    expected = [event.to_dict() for event in events]
    with running(lambda: clf) as server:
        body = {"turns": turns, "moderate": True, **option}
        posted = server.post("/v1/conversations", body).json["turns"]
        with connect(f"ws://{server.host}:{server.port}/v1/stream") as stream:
            streamed = [ask(stream, turn | option) for turn in turns]
    for turn, record, over_http, over_stream in zip(turns, expected, posted, streamed, strict=True):
        assert_same(over_http, {"text": turn["text"], **record})
        read_alone = {name: over_stream.pop(name) for name in ("n_tokens", "truncated", "warnings")}
        assert_same(over_stream, record)
        alone = clf(turn["text"])
        assert read_alone["truncated"] == alone.truncated
        assert read_alone["warnings"] == alone.warnings
    if context_turns == 0:
        alone = clf.predict([turn["text"] for turn in turns])
        assert [event.scores for event in events] == [one.scores for one in alone]


def test_with_a_model_that_reads_texts_alone_turns_before_change_nothing(tiny):
    turns = [{"text": text} for text in ("so happy", "I hate it", "why")]
    with running(lambda: tiny) as server:
        answers = [
            server.post("/v1/conversations", {"turns": turns, "moderate": True, **option}).json
            for option in ({}, {"context_turns": 0}, {"context_turns": 10})
        ]
        assert answers[0]["turns"] == approx([
            {"text": turn["text"], **event.to_dict()}
            for turn, event in zip(
                turns,
                Conversation(tiny, policy=Policy.default(tiny.artifact.config)).stream(
                    Turn(**turn) for turn in turns
                ),
                strict=True,
            )
        ])  # fmt: skip
    assert answers[0] == answers[1] == answers[2]


def test_context_turns_of_a_message(tiny_with_context):
    clf = tiny_with_context
    with (
        running(lambda: clf, max_chars=40) as server,
        connect(f"ws://{server.host}:{server.port}/v1/stream") as stream,
    ):
        ask(stream, {"text": "so happy " * 4, "speaker": "Ann"})
        refused = ask(stream, {"text": "secret", "speaker": "Ann", "context": "secret"})
        of_model = ask(stream, {"text": "sad", "speaker": "Bob", "time": "secret"})
        ask(stream, {"text": "I hate it", "context": "no"})
        ask(stream, {"text": "why " * 9, "speaker": "Bob", "context_turns": 0})
        found = ask(stream, {"text": "no", "speaker": "Ann", "context_turns": 2})
        bad = [ask(stream, {"text": "a", "time": 1, "context_turns": n}) for n in (-1, 11, "2")]
    assert refused["error_type"] == of_model["error_type"] == "validation"
    assert "turn without a context" in refused["error"]
    assert "secret" not in json.dumps([refused, of_model])
    expected = clf("no", context=f"{'so happy ' * 4}\n{'why ' * 9}")
    assert found["scores"] == approx(expected.scores)
    assert all("context_turns" in one["error"] for one in bad)


def test_a_moderated_turn_counts_once_in_statistics(tiny_with_context, tmp_path):
    turns = [{"text": f"so happy {n}", "speaker": "Ann"} for n in range(300)]
    policy = Policy.default(tiny_with_context.artifact.config)
    with running(
        lambda: tiny_with_context, policy=policy, dashboard=tmp_path / "counts.sqlite"
    ) as server:
        server.post("/v1/conversations", {"turns": turns, "moderate": True})
        with connect(f"ws://{server.host}:{server.port}/v1/stream") as stream:
            for turn in turns[:3]:
                ask(stream, turn)
        (hour,) = server.get("/v1/dashboard?hours=2").json["bins"]
    expected = [
        *Conversation(tiny_with_context).stream(Turn(**turn) for turn in turns),
        *Conversation(tiny_with_context).stream(Turn(**turn) for turn in turns[:3]),
    ]
    assert hour["texts"] == 303
    for label in tiny_with_context.labels:
        assert hour["counts"][label] == sum(label in event.labels for event in expected)


def test_a_policy_that_reads_sentences_reads_those_of_turns(embedded):
    policy = Policy.parse(SENTENCES)
    text = "The weather was fine. I hate you so much! Then we left."
    with running(lambda: embedded, policy=policy) as server:
        found = server.post("/v1/moderations", {"input": text}).json["results"][0]
        turn = {"text": text, "speaker": "Ann"}
        posted = server.post("/v1/conversations", {"turns": [turn], "moderate": True}).json
        with connect(f"ws://{server.host}:{server.port}/v1/stream") as stream:
            streamed = ask(stream, turn)
    (finding,) = found["findings"]
    assert text[finding["start"] : finding["end"]] == "I hate you so much!"
    assert posted["turns"][0]["moderation"]["findings"] == approx([finding])
    assert streamed["moderation"]["findings"] == approx([finding])
    assert streamed["labels"] == embedded(text).labels
