"""The shapes of Hugging Face and of text-embeddings-inference, asked by their own clients."""

import json
import shutil
import subprocess

import numpy as np
import pytest
from huggingface_hub import InferenceClient

from emoticare.labels import LABELS

TEXT = "so happy"


def ranked(scores) -> list[dict]:
    best = sorted(scores, key=lambda label: -scores[label])
    return [{"label": label, "score": pytest.approx(scores[label], abs=1e-6)} for label in best]


@pytest.mark.parametrize("path", ["/", "/models/emoticare"])
def test_hugging_face_gives_a_list_for_each_text(server, tiny, path):
    one = server.post(path, {"inputs": TEXT})
    assert one.status == 200
    assert one.json == [ranked(tiny(TEXT).scores)]
    many = server.post(path, {"inputs": [TEXT, "no"], "options": {"wait_for_model": True}})
    assert many.json == [ranked(p.scores) for p in tiny.predict([TEXT, "no"])]


@pytest.mark.parametrize("path", ["/", "/models/emoticare"])
def test_the_inference_client(server, tiny, path):
    client = InferenceClient(model=server.url + path, provider="hf-inference", token="any")
    answer = client.text_classification(TEXT, top_k=3, function_to_apply="sigmoid")
    expected = ranked(tiny(TEXT).scores)[:3]
    assert [{"label": x.label, "score": x.score} for x in answer] == expected


def test_the_functions_that_may_be_applied(server, tiny):
    def scores(function):
        body = {"inputs": TEXT, "parameters": {"function_to_apply": function}}
        (answer,) = server.post("/", body).json
        return np.array([{x["label"]: x["score"] for x in answer}[label] for label in LABELS])

    logits = tiny.predict_logits([TEXT])[0]
    np.testing.assert_allclose(scores("none"), logits, atol=1e-5)
    np.testing.assert_allclose(scores("sigmoid"), tiny.predict_proba([TEXT])[0], atol=1e-5)
    np.testing.assert_allclose(scores("softmax").sum(), 1, atol=1e-4)


@pytest.mark.parametrize("batch", [[TEXT, "no"], [[TEXT], ["no"]]], ids=["flat", "nested"])
def test_tei_takes_batches_in_both_shapes(server, tiny, batch):
    answer = server.post("/predict", {"inputs": batch})
    assert answer.json == [ranked(p.scores) for p in tiny.predict([TEXT, "no"])]


def test_tei_gives_one_list_for_one_text(server, tiny):
    body = {"inputs": TEXT, "truncate": True, "truncation_direction": "Right"}
    assert server.post("/predict", body).json == ranked(tiny(TEXT).scores)


def test_tei_raw_scores_are_logits(server, tiny):
    answer = server.post("/predict", {"inputs": TEXT, "raw_scores": True}).json
    logits = dict(zip(LABELS, tiny.predict_logits([TEXT])[0].tolist(), strict=True))
    assert answer == [{**x, "score": pytest.approx(x["score"], abs=1e-5)} for x in ranked(logits)]


def test_tei_refuses_to_cut_where_it_must_not(server):
    long = {"inputs": ["no", "so happy " * 100]}
    assert server.post("/predict", long).status == 200
    answer = server.post("/predict", {**long, "truncate": False})
    assert answer.status == 422
    assert "truncate" in answer.json["error"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"inputs": None},
        {"inputs": [["a", "b"]]},
        {"inputs": [[]]},
        {"inputs": "a", "truncation_direction": "left"},
        {"inputs": "a", "raw_scores": "yes"},
    ],
    ids=repr,
)
def test_tei_refusals(server, body):
    assert server.post("/predict", body).status == 422


def test_curl(server):
    command = [shutil.which("curl"), "-s", f"{server.url}/v1/emotions"]
    command += ["-H", "Content-Type: application/json", "-d", json.dumps({"text": TEXT})]
    answer = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert list(answer["results"][0]["scores"]) == list(LABELS)
