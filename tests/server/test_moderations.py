"""`/v1/moderations`, as OpenAI's own client sees it."""

import openai
import pytest

from emoticare.meaning.moderation import Moderator, Policy

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
    assert result.categories.model_extra == expected["categories"]
    assert result.category_scores.model_extra == pytest.approx(expected["category_scores"])
    assert result.action == "flag"
    assert result.findings == expected["findings"]


@pytest.mark.parametrize(
    "texts",
    [[HATE, THANKS, ""], [{"type": "text", "text": HATE}, {"type": "text", "text": THANKS}]],
    ids=["strings", "parts"],
)
def test_the_real_client_reads_many(client, texts):
    results = client.moderations.create(input=texts, model="omni-moderation-latest").results
    assert [result.flagged for result in results] == [True, False, False][: len(texts)]


def test_the_real_client_gets_an_error_it_knows(client):
    with pytest.raises(openai.UnprocessableEntityError) as refused:
        client.moderations.create(input=[{"type": "image_url", "image_url": {"url": "secret"}}])
    assert "secret" not in str(refused.value)


def test_an_empty_list_is_answered(site):
    assert site.post("/v1/moderations", {"input": []}).json["results"] == []


def test_a_server_goes_by_its_own_policy(embedded):
    policy = Policy.parse(OWN)
    with running(lambda: embedded, policy=policy) as server:
        answer = server.post("/v1/moderations", {"input": [THANKS, HATE]}).json
    assert answer["policy"] == "house rules"
    assert [result["categories"] for result in answer["results"]] == [
        {"thanks": True},
        {"thanks": False},
    ]
    assert "It thanks (gratitude " in answer["results"][0]["findings"][0]["reason"]
