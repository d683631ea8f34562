import numpy as np
import pytest

import emoticare
from emoticare.data.dataset import Split
from emoticare.data.everyday import EverydayTexts
from emoticare.labels import LABELS
from emoticare.model.artifact import ModelArtifact
from emoticare.training.packaging import package_model

TEXTS = [f"i am so {label} !" for label in LABELS]


@pytest.fixture(scope="module")
def everyday() -> EverydayTexts:
    n = len(TEXTS)
    primary = np.eye(n, dtype=bool)
    plausible = np.roll(primary, 1, axis=1)
    ids = [str(i) for i in range(n)]
    return EverydayTexts("dev", ids, TEXTS, ["chat"] * n, np.ones(n, bool), primary, plausible)


@pytest.fixture(scope="module")
def packaged(random_weights, tokenizer_json, everyday) -> ModelArtifact:
    random = np.random.default_rng(0)
    multi_hot = random.random((len(TEXTS), len(LABELS))) < 0.02
    multi_hot[:, -1] = ~multi_hot[:, :-1].any(axis=1)
    return package_model(
        random_weights,
        n_heads=4,
        activation="gelu",
        tokenizer_json=tokenizer_json,
        labels=LABELS,
        validation=Split("validation", TEXTS, multi_hot, everyday.ids),
        provenance={},
        everyday=everyday,
    )


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


def test_each_domain_may_have_a_head_of_its_own(random_weights, tokenizer_json, everyday):
    random = np.random.default_rng(1)
    both = dict(random_weights)
    for name in ("classifier.weight", "classifier.bias"):
        noise = random.normal(0, 0.3, both[name].shape).astype(np.float32)
        both[name] = np.concatenate([both[name], noise])
    multi_hot = random.random((len(TEXTS), len(LABELS))) < 0.02
    multi_hot[:, -1] = ~multi_hot[:, :-1].any(axis=1)
    model = package_model(
        both,
        n_heads=4,
        activation="gelu",
        tokenizer_json=tokenizer_json,
        labels=LABELS,
        validation=Split("validation", TEXTS, multi_hot, everyday.ids),
        provenance={},
        everyday=everyday,
    )
    assert (model.config.heads, model.config.domain) == (("reddit",), "everyday")
    for domain in ("everyday", "reddit"):
        one = model.in_domain(domain)
        weight = one.float_model().state_dict["classifier.weight"]
        assert weight.shape == (len(LABELS), 40)
        logits = emoticare.load(one).predict_logits(TEXTS)
        assert logits.shape == (len(TEXTS), len(LABELS))
    default, reddit = (emoticare.load(model, domain=d) for d in ("everyday", "reddit"))
    assert not np.allclose(default.predict_logits(TEXTS), reddit.predict_logits(TEXTS))
