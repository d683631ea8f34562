"""`/v1/moderations`, as OpenAI's own client sees it."""

import asyncio

import openai
import pytest

from emoticare.meaning.moderation import Moderator, Policy
from emoticare.meaning.moderation.standards import OPENAI_CATEGORIES

from .conftest import running

HATE = "I hate this, you make me sick!"
THANKS = "Thanks a lot!"
OWN = """
schema = 1
name = "house rules"

[categories.thanks]
emotions = ["gratitude"]
flag = 0.5
reason = "It thanks"
"""
DECIDING = """
schema = 1
name = "decides two of OpenAI's"

[categories.hostility]
emotions = ["anger", "annoyance", "disgust"]
flag = 0.5
reason = "It reads as angry"
stands_for = ["openai.harassment"]

[categories.self-harm]
emotions = ["grief", "sadness"]
flag = 0.5
reason = "It reads as sad"
"""


@pytest.fixture(scope="module")
def site(embedded):
    with running(lambda: embedded) as server:
        yield server


@pytest.fixture(scope="module")
def client(site):
    with openai.OpenAI(base_url=f"{site.url}/v1", api_key="-", max_retries=0) as client:
        yield client


def test_the_real_client_reads_one_text(client, embedded):
    answer = client.moderations.create(input=HATE)
    (result,) = answer.results
    assert answer.id.startswith("modr-")
    assert result.flagged is True
    expected = Moderator(embedded)(HATE).to_dict()
    flags, scores = (part.to_dict() for part in (result.categories, result.category_scores))
    for name, is_flagged in expected["categories"].items():
        assert flags[name] is is_flagged
        assert scores[name] == pytest.approx(expected["category_scores"][name])
    assert result.action == "flag"
    assert result.findings == expected["findings"]


def test_the_real_client_reads_many(client):
    texts = [HATE, THANKS, ""]
    results = client.moderations.create(input=texts, model="omni-moderation-latest").results
    assert [result.flagged for result in results] == [True, False, False]


def test_parts_are_one_text_as_with_openai(client):
    parts = [{"type": "text", "text": text} for text in (THANKS, HATE)]
    (result,) = client.moderations.create(input=parts).results
    thanks, hate = client.moderations.create(input=[THANKS, HATE]).results
    assert (result.flagged, result.action, result.findings) == (True, "flag", hate.findings)
    scores = [one.category_scores.to_dict() for one in (result, thanks, hate)]
    assert scores[0] == {name: max(one[name] for one in scores[1:]) for name in scores[0]}


def test_the_async_client_reads_as_the_other_does(site, client):
    async def create():
        async with openai.AsyncOpenAI(
            base_url=f"{site.url}/v1", api_key="-", max_retries=0
        ) as asynchronous:
            return await asynchronous.moderations.create(input=[HATE, THANKS])

    expected = client.moderations.create(input=[HATE, THANKS])
    assert asyncio.run(create()).results == expected.results


def test_all_of_openais_categories_are_there_and_those_not_decided_are_said(client):
    answer = client.moderations.create(input=HATE)
    (result,) = answer.results
    decided = {"harassment", "harassment/threatening", "self-harm"}
    assert answer.undecided == [name for name in OPENAI_CATEGORIES if name not in decided]
    assert answer.deciders == {
        "harassment": "harassment", "harassment/threatening": "threat", "self-harm": "self-harm",
    }  # fmt: skip
    as_sent = result.to_dict()
    for name in decided:
        assert as_sent["category_scores"][name] > 0
        assert as_sent["category_applied_input_types"][name] == ["text"]
    for name in answer.undecided:
        assert as_sent["categories"][name] is False
        assert as_sent["category_scores"][name] == 0
        assert as_sent["category_applied_input_types"][name] == []
    assert as_sent["category_applied_input_types"]["hostility"] == ["text"]
    # As the client's own model has them, whose fields are not optional.
    assert result.categories.self_harm_intent is False
    assert result.category_scores.violence_graphic == 0
    assert result.category_applied_input_types.sexual_minors == []


def test_a_policy_decides_what_it_stands_for(embedded):
    with running(lambda: embedded, policy=Policy.parse(DECIDING)) as server:
        answer = server.post("/v1/moderations", {"input": HATE}).json
    (result,) = answer["results"]
    assert set(answer["undecided"]) == set(OPENAI_CATEGORIES) - {"harassment", "self-harm"}
    assert result["categories"]["harassment"] is result["categories"]["hostility"] is True
    assert result["category_scores"]["harassment"] == result["category_scores"]["hostility"] > 0.5
    assert 0 < result["category_scores"]["self-harm"] < 0.5
    assert result["category_applied_input_types"]["self-harm"] == ["text"]
    assert list(result["categories"])[: len(OPENAI_CATEGORIES)] == list(OPENAI_CATEGORIES)


def test_the_real_client_is_told_that_images_are_not_read(client):
    image = {"type": "image_url", "image_url": {"url": "https://example.org/secret.png"}}
    with pytest.raises(openai.BadRequestError) as refused:
        client.moderations.create(input=[{"type": "text", "text": THANKS}, image])
    assert "found an image" in refused.value.body["message"]
    assert (refused.value.type, refused.value.param) == ("invalid_request_error", "input")
    assert refused.value.code == "validation"
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("body", [{}, {"input": 3}, {"input": [{"type": "audio"}]}], ids=repr)
def test_errors_are_objects(site, body):
    answer = site.post("/v1/moderations", body)
    assert answer.status == 400
    assert set(answer.json) == {"error"}
    assert set(answer.json["error"]) == {"message", "type", "param", "code"}


def test_errors_before_and_beside_the_route_are_objects_too(site):
    post = {"Content_Type": "application/json"}
    broken = site.request("POST", "/v1/moderations", "{", **post)
    assert (broken.status, broken.json["error"]["code"]) == (400, "malformed")
    other = site.request("POST", "/v1/moderations", "{}", Content_Type="text/plain")
    assert (other.status, other.json["error"]["code"]) == (415, "media_type")
    method = site.get("/v1/moderations")
    assert (method.status, method.json["error"]["code"]) == (405, "method_not_allowed")
    assert method.headers["allow"] == "POST"
    assert set(site.post("/v1/emotions", {}).json) == {"error", "error_type"}


def test_the_real_client_lists_the_model(site, client, embedded):
    (model,) = client.models.list().data
    assert (model.id, model.object) == ("emoticare", "model")
    assert model.digest == embedded.artifact.digest
    assert client.models.retrieve("emoticare") == model
    with pytest.raises(openai.NotFoundError) as refused:
        client.models.retrieve("omni-moderation-latest")
    assert refused.value.code == "model_not_found"


def test_the_real_client_finds_the_model_that_a_moderation_names(client):
    named = client.moderations.create(input=THANKS).model
    model = client.models.retrieve(named)
    assert model.id == model.digest == named


def test_the_real_client_knows_a_wrong_key(embedded):
    with (
        running(lambda: embedded, api_keys=("right",)) as server,
        openai.OpenAI(base_url=f"{server.url}/v1", api_key="wrong", max_retries=0) as client,
    ):
        for call in (client.models.list, lambda: client.moderations.create(input=THANKS)):
            with pytest.raises(openai.AuthenticationError) as refused:
                call()
            assert refused.value.code == "invalid_api_key"
        assert (
            not client.with_options(api_key="right")
            .moderations.create(input=THANKS)
            .results[0]
            .flagged
        )


def test_an_empty_list_is_answered(site):
    assert site.post("/v1/moderations", {"input": []}).json["results"] == []


def test_a_server_goes_by_its_own_policy(embedded):
    policy = Policy.parse(OWN)
    with running(lambda: embedded, policy=policy) as server:
        answer = server.post("/v1/moderations", {"input": [THANKS, HATE]}).json
    assert answer["policy"] == "house rules"
    assert [result["categories"]["thanks"] for result in answer["results"]] == [True, False]
    assert "It thanks (gratitude " in answer["results"][0]["findings"][0]["reason"]
