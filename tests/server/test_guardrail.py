"""LiteLLM's Generic Guardrail API: what its proxy sent (recorded), and what it is told."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from emoticare.meaning.moderation import Policy

from .conftest import running

PATH = "/beta/litellm_basic_guardrail_api"
RECORDED = json.loads((Path(__file__).parent / "litellm_exchange.json").read_text("utf-8"))
HATE = "I hate this, you make me sick!"
BY_SENTENCE = """
schema = 1
name = "by sentence"

[categories.hostility]
emotions = ["anger", "annoyance", "disgust"]
scope = "sentence"
flag = 0.5
reason = "It reads as angry"
"""
MASK = {"additional_provider_specific_params": {"on_flag": "mask"}}


@pytest.fixture(scope="module")
def site(embedded):
    with running(lambda: embedded) as server:
        yield server


@pytest.mark.parametrize("exchange", RECORDED["exchanges"], ids=lambda one: one["what"])
def test_what_litellm_sent_is_answered_as_it_was(site, exchange):
    answer = site.post(PATH, exchange["request"])
    assert answer.status == 200
    assert answer.json["action"] == exchange["response"]["action"]
    assert set(answer.json) == set(exchange["response"])
    if "texts" in exchange["response"]:
        assert answer.json["texts"] == exchange["response"]["texts"]


def test_the_reason_is_the_policys_and_no_text(site):
    answer = site.post(PATH, {"texts": ["Thanks!", HATE], "input_type": "response"}).json
    assert answer["action"] == "BLOCKED"
    assert answer["blocked_reason"].startswith("It reads as angry or disgusted (")
    assert "sick" not in answer["blocked_reason"]


@pytest.mark.parametrize("texts", [None, [], ["", "Thanks!"]], ids=repr)
def test_nothing_to_object_to(site, texts):
    assert site.post(PATH, {"texts": texts, "input_type": "request"}).json == {"action": "NONE"}
    assert site.post(PATH, {"texts": texts, **MASK}).json == {"action": "NONE"}


def test_a_text_that_is_flagged_as_a_whole_is_masked_as_a_whole(site):
    answer = site.post(PATH, {"texts": ["Thanks!", HATE], **MASK}).json
    assert answer == {"action": "GUARDRAIL_INTERVENED", "texts": ["Thanks!", "[removed]"]}


def test_every_sentence_that_is_flagged_is_masked(embedded):
    text = f"Thank you 😀 so much. {HATE} The train leaves at nine. I hate you, you make me sick!"
    with running(lambda: embedded, policy=Policy.parse(BY_SENTENCE)) as server:
        masked = server.post(PATH, {"texts": [text], **MASK}).json["texts"]
        only = server.post(PATH, {"texts": [HATE], **MASK}).json["texts"]
    assert masked == ["Thank you 😀 so much. [removed] The train leaves at nine. [removed]"]
    assert only == ["[removed]"]


def streamed(site, answer: str, on_flag: str) -> list[str]:
    """Stream an answer as LiteLLM's incremental_diff does, which asks at every fifth token.

    Returns what its client is sent, piece by piece; None last if the answer was blocked.
    """
    parameters = {"on_flag": on_flag, "by_sentence": True}
    tokens = re.findall(r"\s*\S+", answer)
    sent, pieces = "", []
    for n in [*range(5, len(tokens), 5), len(tokens)]:
        so_far = "".join(tokens[:n])
        body = {
            "texts": [so_far],
            "input_type": "response",
            "additional_provider_specific_params": parameters,
        }
        found = site.post(PATH, body).json
        if found["action"] == "BLOCKED":
            return [*pieces, None]
        (text,) = found.get("texts", [so_far])
        (held,) = found["stream_holdback_chars"]
        end = len(text) if n == len(tokens) else max(len(sent), len(text) - held)
        assert text.startswith(sent)
        pieces.append(text[len(sent) : end])
        sent = text[:end]
    return [piece for piece in pieces if piece]


def test_a_streamed_answer_is_judged_sentence_by_sentence(site):
    calm = "Thank you 😀 so much. The train leaves at nine"
    assert "".join(streamed(site, f"{calm}.", "block")) == f"{calm}."
    assert "".join(streamed(site, calm, "mask")) == calm
    answer = f"{calm}. {HATE} The weather was fine that day. I hate you, you make me sick"
    pieces = streamed(site, answer, "mask")
    assert "".join(pieces) == f"{calm}. [removed] The weather was fine that day. [removed]"
    assert not any("hate" in piece for piece in pieces)
    *before, blocked = streamed(site, answer, "block")
    assert blocked is None
    assert calm.startswith("".join(before).rstrip(" ."))


def test_a_sentence_that_was_judged_is_not_scored_again(embedded):
    body = {"additional_provider_specific_params": {"by_sentence": True, "on_flag": "mask"}}
    said = [f"The train leaves at nine on day {n}." for n in range(40)]
    said[20] = HATE
    with running(lambda: embedded) as server:
        n_before = server.metric("emoticare_batch_texts_sum")
        for n in range(1, len(said) + 1):
            answer = server.post(PATH, {"texts": [" ".join(said[:n])], **body}).json
        n_scored = server.metric("emoticare_batch_texts_sum")
        again = server.post(PATH, {"texts": [" ".join(said)], **body}).json
        assert server.metric("emoticare_batch_texts_sum") == n_scored
    assert n_scored - n_before == len(said)
    assert answer == again
    assert answer["texts"] == [" ".join([*said[:20], "[removed]", *said[21:]])]


def test_a_sentence_is_hashed_once_each_time_it_is_asked_for(tiny, monkeypatch):
    hashed = []
    hasher = hashlib.blake2b

    def counted(content, **options):
        hashed.append(content)
        return hasher(content, **options)

    counted.MAX_KEY_SIZE = hasher.MAX_KEY_SIZE
    monkeypatch.setattr("emoticare.server.score_cache.hashlib.blake2b", counted)
    body = {"additional_provider_specific_params": {"by_sentence": True}}
    with running(lambda: tiny) as server:
        for _ in range(2):
            hashed.clear()
            server.post(PATH, {"texts": ["so happy", "I hate it"], **body})
            assert hashed == [b"so happy", b"I hate it"]


def test_one_bad_sentence_does_not_drown_in_a_long_text(site):
    text = f"{'The train leaves at nine and we had lunch together. ' * 20}{HATE}"
    by_sentence = {"additional_provider_specific_params": {"by_sentence": True}}
    assert site.post(PATH, {"texts": [text]}).json == {"action": "NONE"}
    assert site.post(PATH, {"texts": [text], **by_sentence}).json["action"] == "BLOCKED"


@pytest.mark.parametrize(
    "body",
    [
        {"texts": "a"},
        {"texts": [1]},
        {"texts": ["a"], "input_type": "both"},
        {"texts": ["a"], "additional_provider_specific_params": {"on_flag": "other"}},
        {"texts": ["a"], "additional_provider_specific_params": {"by_sentence": 1}},
    ],
    ids=repr,
)
def test_refusals(site, body):
    answer = site.post(PATH, body)
    assert answer.status == 422
    assert set(answer.json) == {"error", "error_type"}


def test_litellm_sends_its_key_in_a_header_of_its_own(tiny):
    with running(lambda: tiny, api_keys=("right",)) as server:
        body = {"texts": ["no"], "input_type": "request"}
        assert server.post(PATH, body, X_Api_Key="right").status == 200
        assert server.post(PATH, body, X_Api_Key="wrong").status == 401
        assert (
            server.post(PATH, body, X_Api_Key="right", Authorization="Bearer wrong").status == 401
        )
