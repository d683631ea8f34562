import json

import numpy as np
import pytest

import emoticare
from emoticare.errors import ArtifactError, UsageError
from emoticare.evaluation.gold import in_domain
from emoticare.model.artifact import load_artifact
from emoticare.model.config import ModelConfig

TEXTS = ["i feel joy today", "it was grief", "much !"]


def test_each_domain_has_its_calibration_and_thresholds(two_domains, tiny, tmp_path):
    two_domains.save(tmp_path / "model")
    default = emoticare.load(tmp_path / "model")
    reddit = emoticare.load(tmp_path / "model", domain="reddit")
    raw = tiny.predict_logits(TEXTS)
    assert np.array_equal(default.predict_logits(TEXTS), raw)
    np.testing.assert_allclose(reddit.predict_logits(TEXTS), raw * 0.5 + 1, rtol=1e-6)
    assert default.artifact.config.thresholds.shared == 0.5
    assert reddit.artifact.config.thresholds.shared == 0.9


def test_the_digest_of_a_model_tells_its_domain(two_domains):
    assert two_domains.in_domain("reddit").digest != two_domains.digest
    assert two_domains.in_domain("everyday").digest == two_domains.digest


def test_a_domain_that_the_model_lacks_is_named(two_domains, tiny_artifact):
    with pytest.raises(UsageError, match="everyday, reddit, found 'news'"):
        two_domains.in_domain("news")
    with pytest.raises(UsageError, match="the model has no domains"):
        tiny_artifact.in_domain("reddit")


@pytest.mark.parametrize(
    "change",
    [
        {"domain": "news"},
        {"domain": None},
        {"domains": {"everyday": {}}},
        {"domains": ["everyday"]},
        {"fitted": []},
        {"fitted": {"exclusivity": 2}},
        {"fitted": {"documents": {"score_shift": 1}}},
        {"fitted": {"policy": {"hostility": {"flag": "high"}}}},
    ],
)
def test_what_makes_no_sense_in_a_configuration_is_one_error(two_domains, change):
    content = json.loads(json.dumps(two_domains.config.to_json())) | change
    with pytest.raises(ArtifactError, match=r"config\.json of the model is not valid"):
        ModelConfig.from_json(content)


def test_a_model_is_measured_in_the_domain_of_the_data_where_it_has_it(two_domains, tiny):
    known = in_domain(emoticare.load(two_domains), "reddit")
    assert known.artifact.config.domain == "reddit"
    assert in_domain(tiny, "reddit") is tiny
    assert in_domain(tiny, None) is tiny


def test_the_embedded_constants_come_back_as_they_were(tmp_path):
    embedded = load_artifact()
    embedded.save(tmp_path / "model")
    again = load_artifact(tmp_path / "model")
    assert again.config == embedded.config
    assert again.config.fitted.documents is not None
    assert 0 < again.config.fitted.exclusivity < 1
    fitted = {"self-harm", "threat", "harassment", "hostility", "distress", "discontent"}
    assert set(again.config.fitted.policy) == fitted
