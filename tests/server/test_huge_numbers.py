"""Numbers that no machine holds are answered like any other mistake."""

import json

import pytest
from websockets.sync.client import connect

DIGITS = "9" * 5000
NUMBERS = ["9" * 400, "-" + "9" * 400, "9" * 4200, DIGITS, "1e999", "NaN", "-Infinity", "1e-999"]
REFERENCES = [f"&#{DIGITS};", f"&#x{'f' * 5000};", f"&#{DIGITS}", "&#xD800;", "&#0;"]
BODIES = [
    ("/v1/emotions", '{"text": "a", "top_k": %s}'),
    ("/v1/emotions", '{"text": "a", "thresholds": %s}'),
    ("/v1/emotions", '{"text": "a", "thresholds": {"joy": %s}}'),
    ("/v1/emotions", '{"text": %s}'),
    ("/v1/explanations", '{"text": "a", "labels": [%s]}'),
    ("/v1/moderations", '{"input": [%s]}'),
    ("/v1/conversations", '{"turns": [{"text": "a", "time": %s}]}'),
    ("/v1/conversations", '{"turns": [{"text": "a", "speaker": %s}]}'),
    ("/v1/conversations", '{"turns": [{"text": "a"}], "top_k": %s}'),
    ("/predict", '{"inputs": "a", "raw_scores": %s}'),
    ("/", '{"inputs": "a", "parameters": {"top_k": %s}}'),
]
CHATS = {
    "vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n<v {0}>{0}\n",
    "srt": "1\n00:00:01,000 --> 00:00:02,000\n{0}\n",
    "plain": "Ann: {0}",
    "whatsapp": "31/12/2023, 21:05 - Ann: {0}",
    "slack": '[{{"ts": "1", "text": "{0}", "type": "message"}}]',
    "discord": '{{"channel": 1, "messages": [{{"timestamp": "2020-01-01", "content": "{0}"}}]}}',
    "jsonl": '{{"text": "{0}"}}',
}
TIMES = {
    "vtt": "WEBVTT\n\n{0}:00:01.000 --> {0}:00:02.000\na\n",
    "srt": "1\n{0}:00:01,000 --> {0}:00:02,000\na\n",
    "plain": "{0}:00 Ann: a",
    "whatsapp": "{0}/12/2023, 21:05 - Ann: a",
    "slack": '[{{"ts": {0}, "text": "a", "type": "message"}}]',
    "discord": '{{"channel": 1, "messages": [{{"timestamp": {0}, "content": "a"}}]}}',
    "jsonl": '{{"text": "a", "time": {0}}}',
}


@pytest.mark.parametrize(("path", "body"), BODIES)
def test_numbers_in_bodies(server, path, body):
    for number in NUMBERS:
        answer = server.request("POST", path, body % number, Content_Type="application/json")
        assert answer.status in (200, 400, 422), number
        # To OpenAI's clients an error is an object.
        keys = {"error"} if path == "/v1/moderations" else {"error", "error_type"}
        assert answer.status == 200 or set(answer.json) == keys


@pytest.mark.parametrize("chat_format", CHATS)
def test_references_and_times_in_chats(server, chat_format):
    chats = [CHATS[chat_format].format(reference) for reference in REFERENCES]
    chats += [TIMES[chat_format].format(number) for number in NUMBERS]
    for chat in chats:
        for told in ({"format": chat_format}, {}):
            assert server.post("/v1/conversations", {"chat": chat, **told}).status == 200


def test_numbers_in_a_stream(server):
    with connect(f"ws://{server.host}:{server.port}/v1/stream") as stream:
        for number in NUMBERS:
            for key in ("id", "time", "top_k", "thresholds"):
                stream.send(f'{{"text": "a", "{key}": {number}}}')
                answer = json.loads(stream.recv(timeout=60))
                assert "scores" in answer or answer["error_type"] in ("malformed", "validation")
