import multiprocessing
import os
import pickle
import re
import threading
from pathlib import Path
from typing import get_type_hints

import numpy as np
import pytest

import emoticare
from emoticare import InputError, ThresholdError, UsageError
from emoticare.labels import LABELS
from emoticare.prediction import LabelScore
from emoticare.stages.text import Reply

PROUD = "I'm so proud of everything we've built together!"
GOLDEN = {
    "pride": PROUD,
    "gratitude": "Thank you so much, I really appreciate your help!",
    "love": "I love you with all my heart.",
    "amusement": "Hahaha, that is hilarious! LOL",
    "fear": "I'm terrified of what might happen next.",
    "sadness": "I'm so sad, I have been crying all day.",
    "remorse": "I'm so sorry, I deeply regret what I did.",
    "surprise": "Wow, I did not expect that, what a surprise!",
    "curiosity": "I wonder, how does it work and what is it made of?",
    "anger": "I fucking hate you, this makes me so angry!",
    "neutral": "The meeting is on Tuesday at ten.",
}
MIXED = [
    PROUD,
    "",
    "ok",
    "thanks " * 90,
    "why",
    "The weather is fine today, I think.",
    "😀",
    "很高兴" * 20,
    "I hate this. " * 40,
]


@pytest.mark.parametrize(("label", "text"), GOLDEN.items(), ids=GOLDEN)
def test_the_embedded_model_knows_plain_cases(embedded, label, text):
    assert label in embedded(text).labels[:2]


def test_pride_comes_first(embedded):
    prediction = embedded(PROUD)
    assert max(prediction.scores, key=prediction.scores.__getitem__) == "pride"
    assert prediction.labels[0] == "pride"


def test_a_prediction_holds_all_that_is_promised(embedded):
    prediction = embedded(PROUD)
    assert tuple(prediction.scores) == embedded.labels == emoticare.LABELS == LABELS
    assert all(type(score) is float and 0 <= score <= 1 for score in prediction.scores.values())
    assert prediction.labels == sorted(prediction.labels, key=lambda x: -prediction.scores[x])
    assert 10 < prediction.n_tokens < 20
    assert not prediction.truncated


def test_labels_are_those_that_reach_the_models_own_thresholds(embedded):
    own = embedded.artifact.config.thresholds.per_label
    for prediction in embedded.predict(GOLDEN.values()):
        expected = {label for label, score in prediction.scores.items() if score >= own[label]}
        assert set(prediction.labels) == expected


def test_thresholds(tiny):
    def labels(threshold):
        return tiny("so happy", threshold=threshold).labels

    scores = tiny("so happy").scores
    ranked = sorted(scores, key=lambda label: -scores[label])
    assert labels(0) == labels(0.0) == ranked
    assert labels(scores[ranked[4]]) == ranked[:5]
    assert labels(dict.fromkeys(ranked, 1)) == labels(1) == []
    assert "grief" in labels({"grief": 0})
    for bad in (-1, "0.3", {"bliss": 0.3}, float("nan"), [0.3]):
        with pytest.raises(ThresholdError):
            labels(bad)
        with pytest.raises(ThresholdError):
            tiny.predict([], threshold=bad)


def test_a_list_gives_a_list(tiny):
    assert tiny.predict([]) == []
    assert tiny([]) == []
    assert tiny.predict(["so happy"]) == tiny(["so happy"]) == [tiny("so happy")]
    assert len(tiny.predict(("a", "b", "c"))) == 3


@pytest.mark.parametrize("n_texts", [0, 1, 5])
def test_predict_proba_is_an_array_of_float32(tiny, n_texts):
    texts = ["so happy"] * n_texts
    probabilities = tiny.predict_proba(texts)
    assert probabilities.shape == tiny.predict_logits(texts).shape == (n_texts, 28)
    assert probabilities.dtype == np.float32
    rows = [list(prediction.scores.values()) for prediction in tiny.predict(texts)]
    assert probabilities.tolist() == rows


def test_order_is_kept_across_batches_and_chunks(tiny, monkeypatch):
    texts = [f"{'so ' * (i * 7 % 60)}happy {i % 10}" for i in range(50)]
    whole = tiny.predict_proba(texts)
    alone = np.concatenate([tiny.predict_proba([text]) for text in texts])
    np.testing.assert_allclose(whole, alone, atol=2e-3)
    monkeypatch.setattr("emoticare.classifier._TEXTS_AT_ONCE", 7)
    np.testing.assert_allclose(tiny.predict_proba(texts), alone, atol=2e-3)


def test_stream_reads_no_further_than_it_must(tiny, monkeypatch):
    monkeypatch.setattr("emoticare.classifier._TEXTS_AT_ONCE", 4)
    read = []

    def texts():
        for i in range(1000):
            read.append(i)
            yield "so happy"

    stream = tiny.stream(texts())
    assert read == []
    next(stream)
    # A chunk, and the next one that is worked out meanwhile.
    assert len(read) == 8


def test_predict_emotions_has_the_shape_of_the_original():
    found = emoticare.predict_emotions(PROUD)
    assert found[0]["label"] == "pride"
    assert all(set(row) == {"label", "score"} and row["score"] >= 0.3 for row in found)
    assert found == sorted(found, key=lambda row: -row["score"])
    everything = emoticare.predict_emotions(PROUD, threshold=0)
    assert [row["label"] for row in everything][: len(found)] == [row["label"] for row in found]
    assert len(everything) == 28
    assert emoticare.predict_emotions(PROUD, threshold=1.0) == []
    own = [row["label"] for row in emoticare.predict_emotions(PROUD, threshold=None)]
    assert own == emoticare.load()(PROUD).labels
    with pytest.raises(InputError):
        emoticare.predict_emotions([PROUD])


def test_rows_of_predict_emotions_have_types():
    assert get_type_hints(emoticare.predict_emotions)["return"] == list[LabelScore]
    assert get_type_hints(LabelScore) == {"label": str, "score": float}


def test_a_text_beyond_512_tokens_is_cut_and_says_so(embedded):
    cut, fits = embedded.predict(["happy " * 511, "happy " * 510])
    assert (cut.n_tokens, cut.truncated) == (512, True)
    assert (fits.n_tokens, fits.truncated) == (512, False)
    assert cut.scores == pytest.approx(fits.scores, abs=0.002)


def test_load_takes_a_folder_or_an_artifact(tiny, tiny_artifact, tiny_model_folder):
    expected = tiny("so happy")
    for model in (tiny_model_folder, str(tiny_model_folder), tiny_artifact):
        assert emoticare.load(model)("so happy") == expected
    assert emoticare.load(tiny_model_folder).artifact.digest == tiny_artifact.digest


# Same text, same score, whatever else is in the batch; see also test_invariance.py.


def test_real_texts_of_all_lengths_score_the_same_alone(embedded):
    texts = [*GOLDEN.values(), *MIXED]
    together = embedded.predict_proba(texts)
    backwards = embedded.predict_proba(texts[::-1])[::-1]
    alone = np.concatenate([embedded.predict_proba([text]) for text in texts])
    assert np.abs(together - alone).max() <= 0.002
    assert np.abs(together - backwards).max() <= 0.002


# Threads and processes.


def test_threads_share_a_classifier(tiny):
    texts = [f"{'so ' * (i % 50)}happy" for i in range(64)]
    expected = tiny.predict_proba(texts)
    results: list[np.ndarray] = []
    start = threading.Barrier(8)

    def work():
        start.wait()
        results.extend(tiny.predict_proba(texts) for _ in range(5))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 40
    assert all((result == expected).all() for result in results)


def _send_scores(model, texts, connection) -> None:
    classifier = emoticare.load(model) if isinstance(model, Path) else model
    connection.send(classifier.predict_proba(texts))
    connection.close()


def _scores_of_child(method: str, model, texts) -> np.ndarray:
    context = multiprocessing.get_context(method)
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send_scores, args=(model, texts, sender))
    process.start()
    sender.close()
    assert receiver.poll(120), "the child does not answer"
    scores = receiver.recv()
    process.join(60)
    assert process.exitcode == 0
    return scores


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_goes_on_with_a_classifier_in_use(tiny, capfd):
    expected = tiny.predict_proba(MIXED)
    assert (_scores_of_child("fork", tiny, MIXED) == expected).all()
    assert (tiny.predict_proba(MIXED) == expected).all()


@pytest.mark.parametrize("give", ["folder", "classifier"])
def test_a_spawned_process_loads_or_gets_a_classifier(tiny, tiny_model_folder, give):
    model = tiny_model_folder if give == "folder" else tiny
    assert (_scores_of_child("spawn", model, MIXED) == tiny.predict_proba(MIXED)).all()


def test_a_classifier_can_be_pickled(tiny):
    assert pickle.loads(pickle.dumps(tiny))("so happy") == tiny("so happy")


def test_logits_come_in_two_halves(tiny):
    tokenized = tiny.tokenize(MIXED)
    assert [len(text.input_ids) for text in tokenized] == [p.n_tokens for p in tiny.predict(MIXED)]
    for token_budget in (1, 64, 4096):
        outputs = tiny.outputs(tokenized, token_budget)
        np.testing.assert_array_equal(outputs, tiny.predict_outputs(MIXED))
    np.testing.assert_array_equal(tiny.logits(tokenized), tiny.predict_logits(MIXED))


def test_a_classifier_says_what_it_is(tiny, embedded):
    assert repr(tiny) == (
        "EmotionClassifier(name=None, version=None, labels=28, domain=None, device='cpu')"
    )
    assert re.fullmatch(
        r"EmotionClassifier\(name='\w+', version='[\d.]+', labels=28, domain='everyday', "
        r"device='cpu'\)",
        repr(embedded),
    )


def test_what_is_listed_is_of_use(tiny):
    listed = {name for name in dir(tiny) if not name.startswith("_")}
    assert listed == {
        "artifact", "device", "explain", "labels", "logits", "outputs", "predict",
        "predict_logits", "predict_outputs", "predict_proba", "read", "stream", "tokenize",
        "tokenizer", "warnings", "with_artifact",
    }  # fmt: skip


def test_the_strongest_labels_come_as_from_a_pipeline(tiny):
    expected = [
        [{"label": name, "score": score} for name, score in prediction.top(3)]
        for prediction in tiny.predict(["so happy", "i hate it"])
    ]
    assert tiny(["so happy", "i hate it"], top_k=3) == expected
    assert tiny("so happy", top_k=3) == expected[0]
    assert len(tiny("so happy", top_k=99)) == len(LABELS)
    assert tiny([], top_k=3) == []


@pytest.mark.parametrize("options", [{"threshold": 0.3}, {"threshold": {}}, {"abstain": True}])
def test_the_strongest_labels_need_no_decision(tiny, options):
    with pytest.raises(UsageError, match="Leave one out"):
        tiny("so happy", top_k=3, **options)


@pytest.mark.parametrize("top_k", [0, -1, 1.5, True, "3"])
def test_a_number_of_labels_that_is_none_is_refused_before_work(tiny, top_k):
    def texts():
        yield pytest.fail("read")

    with pytest.raises(UsageError, match="whole number above 0"):
        tiny(texts(), top_k=top_k)


def test_a_number_is_no_threshold_by_accident(tiny):
    for method in (tiny, tiny.predict, tiny.stream):
        with pytest.raises(TypeError, match="positional"):
            method(["so happy"], 1)
    for method in (tiny.read, tiny.explain):
        with pytest.raises(TypeError, match="positional"):
            method("so happy", 1)


def test_a_reply_is_read_with_what_was_said_before_it(tiny_with_context):
    alone = tiny_with_context("so happy")
    reply = tiny_with_context("so happy", context="you are sad")
    assert reply.n_tokens > alone.n_tokens
    assert reply.scores != alone.scores
    assert tiny_with_context("so happy", context=None) == alone
    assert tiny_with_context("so happy", context=" ") == alone


def test_many_replies_stand_beside_texts_alone(tiny_with_context):
    texts, context = ["so happy", "sad", "why"] * 900, ["you are sad", None, "I love you"] * 900
    found = tiny_with_context.predict(texts, context=context)
    assert found[:3] == [
        tiny_with_context(text, context=said)
        for text, said in zip(texts[:3], context[:3], strict=True)
    ]
    assert found[3:6] == found[:3]
    assert found == list(tiny_with_context.stream(texts, context=iter(context)))
    proba = tiny_with_context.predict_proba(texts[:3], context=context[:3])
    assert proba.tolist() == [list(one.scores.values()) for one in found[:3]]


def test_warnings_are_of_the_reply_and_not_of_what_others_said(embedded):
    english, german = "That is very kind of you.", "Ich freue mich sehr auf unser Wiedersehen."
    tokenized = embedded.tokenize([Reply(english, german), Reply(german, english)])
    assert embedded.warnings(tokenized) == [[], ["not_english"]]


def test_a_model_that_reads_texts_alone_takes_no_context(tiny):
    with pytest.raises(UsageError, match="reads each text alone"):
        tiny.predict(["a"], context=["b"])
    with pytest.raises(UsageError, match="reads each text alone"):
        tiny("a", context="b")


def test_a_context_of_one_text_is_a_string(tiny_with_context):
    with pytest.raises(InputError, match="found list"):
        tiny_with_context("a", context=["b"])
    with pytest.raises(InputError, match="found one str"):
        tiny_with_context(["a"], context="b")
