"""LiteLLM's Generic Guardrail API: what its proxy sent (recorded), and what it is told."""

import json
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


@pytest.mark.parametrize(
    "body",
    [
        {"texts": "a"},
        {"texts": [1]},
        {"texts": ["a"], "input_type": "both"},
        {"texts": ["a"], "additional_provider_specific_params": {"on_flag": "other"}},
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
