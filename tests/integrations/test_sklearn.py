import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError, SkipTestWarning
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import estimator_checks_generator

from emoticare.integrations.sklearn import EmotionTransformer
from emoticare.labels import LABELS

TEXTS = ["so happy", "i hate it", "very sad", "thanks", "great day", "awful day"]


@pytest.fixture
def transformer(tiny_model_folder):
    return EmotionTransformer(str(tiny_model_folder))


def test_probabilities_of_texts(transformer, tiny):
    assert clone(transformer).fit(TEXTS) is not transformer
    found = transformer.fit(TEXTS).transform(np.array(TEXTS))
    np.testing.assert_array_equal(found, tiny.predict_proba(TEXTS))
    assert tuple(transformer.classes_) == LABELS
    assert transformer.get_feature_names_out()[0] == "emotion_admiration"


def test_in_a_pipeline(transformer):
    pipeline = make_pipeline(transformer, LogisticRegression())
    wanted = [1, 0, 0, 1, 1, 0]
    assert pipeline.fit(TEXTS, wanted).predict(TEXTS).shape == (6,)
    transformer.set_output(transform="pandas")
    assert list(transformer.fit_transform(TEXTS).columns)[-1] == "emotion_neutral"


@pytest.mark.parametrize(
    "wrong", ["one text", b"x", [1.0, 2.0], np.zeros((2, 2)), [["a"]]], ids=str
)
def test_what_is_no_list_of_texts_is_refused(transformer, wrong):
    with pytest.raises(ValueError, match="Expected a list of texts"):
        transformer.fit(wrong)
    with pytest.raises(NotFittedError):
        transformer.transform(TEXTS)


def applicable_checks():
    """Return those that scikit-learn itself finds fit for estimators that take texts."""
    with pytest.warns(SkipTestWarning, match="string=True"):
        return list(estimator_checks_generator(EmotionTransformer()))


@pytest.mark.parametrize(
    ("estimator", "check"),
    applicable_checks(),
    ids=lambda value: getattr(getattr(value, "func", None), "__name__", ""),
)
def test_the_applicable_checks_of_scikit_learn(estimator, check):
    check(estimator)


def test_groups_and_warnings_are_further_columns(tiny):
    transformer = EmotionTransformer(classifier=tiny, groups=True, warnings=True)
    found = transformer.fit_transform([*TEXTS, "?"])
    names = list(transformer.get_feature_names_out())
    assert found.shape == (7, 28 + 11 + 4) == (7, len(names))
    assert found.dtype == np.float32
    assert found[0, names.index("ekman_joy")] == tiny("so happy").groups["ekman"]["joy"]
    assert found[:, names.index("warning_too_short")].tolist() == [0, 0, 0, 0, 0, 0, 1]
