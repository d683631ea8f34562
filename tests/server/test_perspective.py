"""`/v1alpha1/comments:analyze`, as clients of Perspective see it."""

import json

import pytest

from emoticare.meaning.moderation import Moderator, Policy
from emoticare.server.routes.perspective import _in_utf16

from .conftest import running

PATH = "/v1alpha1/comments:analyze"
HATE = "I hate this, you make me sick!"
MIXED = "Thank you 😀 so much. I hate you, you make me sick!"
GERMAN = "Ich glaube, dass wir morgen alle zusammen nach Hause gehen sollten, weil es regnet."
OWN = """
schema = 1
name = "more of Perspective's"

[categories.hostility]
emotions = ["anger", "annoyance", "disgust"]
scope = "sentence"
flag = 0.5
reason = "It reads as angry"
stands_for = ["perspective.TOXICITY"]

[categories.CURIOSITY_EXPERIMENTAL]
emotions = ["curiosity"]
review = 0.5
reason = "It asks"
"""


def comment(text=HATE, attributes=("TOXICITY",), **more) -> dict:
    requested = attributes if isinstance(attributes, dict) else {name: {} for name in attributes}
    return {"comment": {"text": text}, "requestedAttributes": requested, **more}


@pytest.fixture(scope="module")
def site(embedded):
    with running(lambda: embedded) as server:
        yield server


def google_client(url: str, key: str):
    """Make Google's client as Perspective's documentation does, but for the host."""
    from googleapiclient import discovery

    return discovery.build(
        "commentanalyzer",
        "v1alpha1",
        developerKey=key,
        discoveryServiceUrl=f"{url}/$discovery/rest?version=v1alpha1",
        static_discovery=False,
    )


def refused(answer, error_type: str) -> str:
    """Return the message of a refusal in Perspective's shape."""
    assert answer.status == 400
    assert set(answer.json) == {"error"}
    error = answer.json["error"]
    assert set(error) == {"code", "message", "status", "details"}
    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")
    (detail,) = error["details"]
    assert detail["@type"] == "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"
    assert detail["errorType"] == error_type
    return error["message"]


def test_a_score_is_that_of_the_category_that_stands_for_the_attribute(site, embedded):
    answer = site.post(PATH, comment(languages=["en"], doNotStore=True, clientToken="c-1"))
    assert answer.status == 200
    score = {
        "value": pytest.approx(Moderator(embedded)(HATE).category_scores["hostility"], abs=1e-5),
        "type": "PROBABILITY",
    }
    assert answer.json == {
        "attributeScores": {
            "TOXICITY": {
                "summaryScore": score,
                "spanScores": [{"begin": 0, "end": len(HATE), "score": score}],
            }
        },
        "languages": ["en"],
        "detectedLanguages": ["en"],
        "clientToken": "c-1",
        "policy": "default",
        "decidedBy": {"TOXICITY": "hostility"},
    }


def test_googles_client_gets_the_same_answer(site, embedded):
    with google_client(site.url, "any") as client:
        answer = client.comments().analyze(body=comment(spanAnnotations=True)).execute()
    assert answer == site.post(PATH, comment(spanAnnotations=True)).json
    with running(lambda: embedded, root_path="/text", api_keys=("right",)) as server:
        with google_client(f"{server.url}/text", "right") as client:
            assert "TOXICITY" in client.comments().analyze(body=comment()).execute()["decidedBy"]
        with google_client(f"{server.url}/text", "wrong") as client:
            refuse(client, comment(), 401)


def refuse(client, body: dict, status: int) -> dict:
    from googleapiclient.errors import HttpError

    with pytest.raises(HttpError) as refused:
        client.comments().analyze(body=body).execute()
    assert refused.value.resp.status == status
    return json.loads(refused.value.content)["error"]


def test_googles_client_knows_an_error(site):
    with google_client(site.url, "any") as client:
        error = refuse(client, comment(" "), 400)
    assert error["details"][0]["errorType"] == "COMMENT_EMPTY"


def test_googles_clients_are_told_the_address_that_they_know(site):
    path = "/$discovery/rest?version=v1alpha1&key=any"
    assert site.get(path).json["rootUrl"] == f"{site.url}/"
    behind = site.get(path, Host="localhost:1", X_Forwarded_Proto="https")
    assert behind.json["rootUrl"] == "https://localhost:1/"
    assert site.get(path, X_Forwarded_Proto="secret").json["rootUrl"] == f"{site.url}/"


def test_sentences_have_scores_and_places_in_utf16(site):
    scores = site.post(PATH, comment(MIXED, spanAnnotations=True)).json["attributeScores"]
    first, second = scores["TOXICITY"]["spanScores"]
    units = MIXED.encode("utf-16-le")
    parts = [units[2 * s["begin"] : 2 * s["end"]].decode("utf-16-le") for s in (first, second)]
    assert parts == ["Thank you 😀 so much.", "I hate you, you make me sick!"]
    assert first["score"]["value"] < 0.3 < second["score"]["value"]


def test_places_beyond_the_basic_plane():
    text = "a😀b😀c"
    assert _in_utf16(text, [(0, 2), (2, 5)]) == [(0, 3), (3, 7)]
    assert _in_utf16("é b", [(0, 1), (2, 3)]) == [(0, 1), (2, 3)]


def test_a_policy_may_decide_other_attributes_and_read_by_sentence(embedded):
    attributes = {"TOXICITY": {}, "CURIOSITY_EXPERIMENTAL": {"scoreThreshold": 0.3}}
    with running(lambda: embedded, policy=Policy.parse(OWN)) as server:
        by_sentence = server.post(PATH, comment(MIXED, attributes, spanAnnotations=True)).json
        plain = server.post(PATH, comment(MIXED)).json
        asked = server.post(PATH, comment("What is it, and why?", attributes)).json
    toxicity = by_sentence["attributeScores"]["TOXICITY"]
    worst = max(span["score"]["value"] for span in toxicity["spanScores"])
    assert toxicity["summaryScore"]["value"] == worst
    assert set(by_sentence["attributeScores"]) == {"TOXICITY"}  # the other is below its threshold
    assert plain["attributeScores"]["TOXICITY"]["summaryScore"]["value"] == worst
    assert "CURIOSITY_EXPERIMENTAL" in asked["attributeScores"]


def test_spans_below_the_threshold_are_left_out(site):
    body = comment(MIXED, {"TOXICITY": {"scoreThreshold": 0.3}}, spanAnnotations=True)
    toxicity = site.post(PATH, body).json["attributeScores"]["TOXICITY"]
    assert len(toxicity["spanScores"]) == 1
    body = comment("Thanks a lot!", {"TOXICITY": {"scoreThreshold": 0.9}})
    assert site.post(PATH, body).json["attributeScores"] == {}


@pytest.mark.parametrize("attribute", ["IDENTITY_ATTACK", "PROFANITY", "FLIRTATION"])
def test_what_no_category_stands_for_is_refused(site, attribute):
    message = refused(
        site.post(PATH, comment(attributes=["TOXICITY", attribute])), "INVALID_REQUEST"
    )
    assert message.startswith(f"Unknown requested attribute: {attribute}. ")
    assert "decides THREAT, INSULT, TOXICITY" in message
    dropped = comment(attributes=["TOXICITY", attribute], dropUnsupportedAttributes=True)
    assert set(site.post(PATH, dropped).json["attributeScores"]) == {"TOXICITY"}


def test_an_attribute_that_never_was_is_not_repeated(site):
    body = comment(attributes=["secret"], dropUnsupportedAttributes=True)
    assert "secret" not in refused(site.post(PATH, body), "INVALID_REQUEST")


def test_other_refusals_have_perspectives_words(site):
    assert refused(site.post(PATH, comment("  ")), "COMMENT_EMPTY") == "Comment must be non-empty."
    nothing = refused(site.post(PATH, comment(attributes=[])), "NO_REQUESTED_ATTRIBUTES")
    assert nothing == "Missing requested_attributes"
    assert refused(site.post(PATH, comment("a" * 100_001)), "COMMENT_TOO_LONG").startswith(
        "Comment text too long."
    )
    html = {**comment(), "comment": {"text": HATE, "type": "HTML"}}
    assert "comment.type" in refused(site.post(PATH, html), "INVALID_REQUEST")
    assert "scoreThreshold" in refused(
        site.post(PATH, comment(attributes={"TOXICITY": {"scoreThreshold": "0.5"}})),
        "INVALID_REQUEST",
    )


@pytest.mark.parametrize(
    ("body", "detected"),
    [(comment(languages=["de"]), []), (comment(GERMAN), ["und"])],
    ids=["said", "seen"],
)
def test_other_languages_are_refused(site, body, detected):
    answer = site.post(PATH, body)
    message = refused(answer, "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE")
    assert message.startswith("Attribute TOXICITY does not support request languages: ")
    assert answer.json["error"]["details"][0]["languageNotSupportedByAttributeError"] == {
        "detectedLanguages": detected,
        "attribute": "TOXICITY",
    }


def test_a_client_that_says_english_is_believed(site):
    answer = site.post(PATH, comment(GERMAN, languages=["en-GB"])).json
    assert answer["languages"] == ["en-GB"]
    assert answer["detectedLanguages"] == ["und"]


def test_a_key_may_stand_in_the_query(tiny):
    with running(lambda: tiny, api_keys=("the+key",)) as server:
        assert server.post(f"{PATH}?alt=json&key=the%2Bkey", comment("no")).status == 200
        header = {"Authorization": "Bearer the+key"}
        assert server.post(f"{PATH}?key=wrong", comment("no"), **header).status == 200
        for query in ("?key=wrong", "?key=", "?k=the%2Bkey", ""):
            answer = server.post(PATH + query, comment("no"))
            assert answer.status == 401
            assert answer.json["error"]["status"] == "UNAUTHENTICATED"
        # Addresses are logged by many a proxy: no other route takes a key there.
        assert server.post("/v1/emotions?key=the%2Bkey", {"text": "no"}).status == 401


def test_errors_beside_the_route_have_its_shape(site):
    answer = site.get(PATH)
    assert answer.status == answer.json["error"]["code"] == 405
    broken = site.request("POST", PATH, "{", Content_Type="application/json")
    refused(broken, "INVALID_REQUEST")
