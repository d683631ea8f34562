"""A conversation over HTTP and over a stream: the numbers of the library."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from websockets.sync.client import connect

from emoticare.meaning.conversation import Conversation, read_chat
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


def test_a_chat_of_a_thousand_turns_streams(tiny):
    names = ["Ann", "Bob", "Cy"]
    chat = Conversation(tiny, policy=Policy.default(tiny.artifact.config))
    with (
        running(lambda: tiny) as server,
        connect(f"ws://{server.host}:{server.port}/v1/stream") as stream,
    ):
        for number in range(1000):
            text, speaker = f"so happy {number} hate", names[number % 3]
            answer = ask(stream, {"text": text, "speaker": speaker, "time": number})
            event = chat.add(text, speaker, number)
            assert answer["turn"] == number + 1
            assert answer["state"]["labels"] == event.state.labels
        assert answer["state"]["scores"] == pytest.approx(event.state.scores, abs=2e-6)
        assert answer["state"]["n_turns"] == 334


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
