import dataclasses

import numpy as np
import pytest

import emoticare
from emoticare.data.dataset import Split
from emoticare.data.everyday import EverydayTexts
from emoticare.engines.factory import open_engine
from emoticare.engines.torch import TorchEngine
from emoticare.evaluation.bootstrap import Interval
from emoticare.evaluation.replies import Replies, ReplyFigures
from emoticare.export.huggingface import export_hf
from emoticare.labels import LABELS, RISKS
from emoticare.meaning.moderation import Moderator
from emoticare.meaning.moderation.policy import _default_policy
from emoticare.model.artifact import ModelArtifact
from emoticare.model.config import ModelConfig
from emoticare.stages.text import Reply
from emoticare.training.base_model import add_domain_head, add_risk_head, load_base
from emoticare.training.fitting.policy import fit_risk
from emoticare.training.packaging import package_model

TEXTS = [f"i am so {label} !" for label in LABELS]


@pytest.fixture(scope="module")
def everyday() -> EverydayTexts:
    n = len(TEXTS)
    primary = np.eye(n, dtype=bool)
    plausible = np.roll(primary, 1, axis=1)
    ids = [str(i) for i in range(n)]
    return EverydayTexts("dev", ids, TEXTS, ["chat"] * n, np.ones(n, bool), primary, plausible)


def packaged_from(weights, tokenizer_json, multi_hot, **options) -> ModelArtifact:
    return package_model(
        weights,
        n_heads=4,
        activation="gelu",
        tokenizer_json=tokenizer_json,
        labels=LABELS,
        validation=Split("validation", TEXTS, multi_hot, [str(i) for i in range(len(TEXTS))]),
        provenance={},
        **options,
    )


@pytest.fixture(scope="module")
def packaged(random_weights, tokenizer_json, everyday) -> ModelArtifact:
    random = np.random.default_rng(0)
    multi_hot = random.random((len(TEXTS), len(LABELS))) < 0.02
    multi_hot[:, -1] = ~multi_hot[:, :-1].any(axis=1)
    return packaged_from(
        random_weights,
        tokenizer_json,
        multi_hot,
        everyday=everyday,
    )


def test_a_model_that_has_learned_replies_reads_what_was_said_before(
    random_weights, tokenizer_json, everyday, packaged
):
    assert not packaged.config.reads_context
    replies = [Reply(text, "I am so happy, and you?") for text in TEXTS]
    model = packaged_from(
        random_weights,
        tokenizer_json,
        everyday.primary,
        replies=replies,
    )
    assert model.config.reads_context
    classifier = emoticare.load(model)
    assert classifier("happy", context="sad").scores != classifier("happy").scores
    again = ModelConfig.from_json(model.config.to_json())
    assert again.reads_context


@pytest.mark.parametrize(("in_context", "reads_context"), [(0.5, True), (0.4, False)])
def test_a_model_reads_context_where_that_helps_on_dev(
    in_context, reads_context, random_weights, tokenizer_json, everyday, monkeypatch
):
    asked = []

    def evaluate(classifier, replies):
        asked.append((classifier.artifact.config.reads_context, replies))
        same = (Interval(value, value, value) for value in (in_context, 0.4, in_context - 0.4))
        return Replies({"all": ReplyFigures(2, *same)})

    monkeypatch.setattr("emoticare.training.packaging.evaluate_replies", evaluate)
    model = packaged_from(
        random_weights,
        tokenizer_json,
        everyday.primary,
        everyday=everyday,
        replies=[Reply(text, "I am so happy, and you?") for text in TEXTS],
        dev_replies=everyday,
    )
    assert asked == [(True, everyday)]
    assert model.config.reads_context == reads_context
    figures = {"right_in_context": in_context, "right_alone": 0.4}
    assert model.config.provenance["replies"] == figures


def test_a_model_for_everyday_english_has_two_domains(packaged):
    config = packaged.config
    assert (config.domain, set(config.domains)) == ("everyday", {"everyday", "reddit"})
    assert packaged.calibration is None  # the graph has it
    everyday, reddit = emoticare.load(packaged), emoticare.load(packaged, domain="reddit")
    adjustment = config.domains["reddit"]
    scale, offset = adjustment.calibration(LABELS)
    expected = everyday.predict_logits(TEXTS) * scale + offset
    np.testing.assert_allclose(reddit.predict_logits(TEXTS), expected, rtol=1e-5, atol=1e-5)


def test_every_constant_is_fitted(packaged):
    fitted = packaged.config.fitted
    assert fitted.documents is not None
    assert set(fitted.documents.threshold_shifts) == set(LABELS)
    assert 0 <= fitted.exclusivity <= 1
    assert set(fitted.policy["hostility"]) == {"review", "flag"}
    assert set(fitted.policy["distress"]) == {"review"}


@pytest.fixture(scope="module")
def with_risks(random_weights, tokenizer_json, everyday) -> ModelArtifact:
    """A model with a head for each domain and one for risks."""
    random = np.random.default_rng(1)
    heads = dict(random_weights)
    for name in ("classifier.weight", "classifier.bias"):
        shape = (len(LABELS) + len(RISKS), *heads[name].shape[1:])
        noise = random.normal(0, 0.3, shape).astype(np.float32)
        heads[name] = np.concatenate([heads[name], noise])
    multi_hot = random.random((len(TEXTS), len(LABELS))) < 0.02
    multi_hot[:, -1] = ~multi_hot[:, :-1].any(axis=1)
    kinds = ["despair", "threat", "abuse", *["chat"] * (len(TEXTS) - 3)]
    return packaged_from(
        heads,
        tokenizer_json,
        multi_hot,
        everyday=dataclasses.replace(everyday, kinds=kinds),
    )


def test_each_domain_may_have_a_head_of_its_own(with_risks):
    model = with_risks
    assert (model.config.heads, model.config.domain) == (("reddit",), "everyday")
    for domain in ("everyday", "reddit"):
        one = model.in_domain(domain)
        weight = one.float_model().state_dict["classifier.weight"]
        assert weight.shape == (len(LABELS), 40)
        logits = emoticare.load(one).predict_logits(TEXTS)
        assert logits.shape == (len(TEXTS), len(LABELS))
    default, reddit = (emoticare.load(model, domain=d) for d in ("everyday", "reddit"))
    assert not np.allclose(default.predict_logits(TEXTS), reddit.predict_logits(TEXTS))


def test_a_head_for_risks_stands_beside_the_labels(with_risks, tmp_path):
    config = with_risks.config
    assert config.outputs == (*LABELS, *RISKS)
    for risk in RISKS:
        scores = config.fitted.policy[risk]
        assert 0 < scores["review"] < scores["flag"] < 1
    outputs = {}
    for domain in ("everyday", "reddit"):
        classifier = emoticare.load(with_risks, domain=domain)
        outputs[domain] = classifier.predict_outputs(TEXTS)
        assert outputs[domain].shape == (len(TEXTS), len(LABELS) + len(RISKS))
        own = outputs[domain][:, : len(LABELS)]
        np.testing.assert_array_equal(classifier.predict_logits(TEXTS), own)
    risks = [values[:, len(LABELS) :] for values in outputs.values()]
    np.testing.assert_array_equal(*risks)
    assert set(Moderator(classifier)("i am so sad").category_scores) > set(RISKS)
    # The model is the same from a folder, and from an export to Hugging Face.
    with_risks.save(tmp_path / "own")
    export_hf(with_risks, tmp_path / "hf")
    for folder in ("own", "hf"):
        again = emoticare.load(tmp_path / folder)
        np.testing.assert_array_equal(again.predict_outputs(TEXTS), outputs["everyday"])


def test_a_gpu_tells_of_risks_too(with_risks):
    torch = pytest.importorskip("torch")
    engine = TorchEngine(with_risks.float_model(risks=True), "cpu", torch.float32)
    ids = np.array([[2, 7, 9, 3]])
    expected = open_engine(with_risks).run(ids, np.ones_like(ids))
    np.testing.assert_allclose(engine.run(ids, np.ones_like(ids)), expected, atol=0.05)


def test_a_run_can_begin_with_the_packaged_model(with_risks, tmp_path):
    torch = pytest.importorskip("torch")
    with_risks.save(tmp_path)
    model = load_base(str(tmp_path), LABELS, None, attention_dropout=0.0, fresh_head=False)
    add_domain_head(model, str(tmp_path))
    add_risk_head(model, str(tmp_path))
    ids = np.array([[2, 7, 9, 3]])
    with torch.no_grad():
        logits = model.eval()(torch.tensor(ids), torch.ones(1, 4)).logits.numpy()
    n = len(LABELS)
    assert logits.shape == (1, 2 * n + len(RISKS))
    for half, domain in enumerate(("reddit", "everyday")):
        own = open_engine(with_risks.in_domain(domain)).run(ids, np.ones_like(ids))[:, :n]
        # In float and in 8 bits; of the other head they are up to 1 off.
        np.testing.assert_allclose(logits[:, half * n : (half + 1) * n], own, atol=0.2)
    risks = open_engine(with_risks).run(ids, np.ones_like(ids))[:, n:]
    np.testing.assert_allclose(logits[:, 2 * n :], risks, atol=0.2)


@pytest.mark.parametrize(("found", "expected"), [(0.4, 0.4), (0.022, 0.02)])
def test_a_risk_is_reviewed_so_that_nobody_is_missed(found, expected):
    (category,) = (c for c in _default_policy().categories if c.name == "threat")
    risks = np.zeros((40, len(RISKS)), bool)
    risks[:20, 1] = True
    scores = np.full(40, 0.001, np.float32)
    scores[:18], scores[18:20] = 0.9, found
    scores[20:32] = 0.5
    fitted = fit_risk(scores, risks, category)
    assert fitted["flag"] == pytest.approx(0.51)
    assert fitted["review"] == pytest.approx(0.5)
    scores[17] = found
    assert fit_risk(scores, risks, category)["review"] == pytest.approx(expected, abs=0.005)
