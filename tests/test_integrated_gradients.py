import numpy as np
import pytest
from integrated_gradients import IntegratedGradients

pytest.importorskip("torch", reason="gradients need the extra train")

TEXT = "I was so scared, but it all went well!"


@pytest.fixture(scope="module")
def gradients(embedded):
    return IntegratedGradients(embedded)


def test_one_effect_for_each_word_that_is_explained(embedded, gradients):
    effects = gradients.effects(TEXT, "fear")
    assert effects.dtype == np.float32
    assert effects.shape == (len(embedded.explain(TEXT).words),)


@pytest.mark.parametrize(("label", "word"), [("fear", "scared"), ("gratitude", "thank")])
def test_the_word_that_names_an_emotion_speaks_most_for_it(embedded, gradients, label, word):
    text = TEXT if label == "fear" else "The parcel came early, thank you very much."
    effects = gradients.effects(text, label)
    words = [text[unit.start : unit.end] for unit in embedded.explain(text).words]
    assert words[int(effects.argmax())] == word
    # Rounding to 8 bits would leave next to nothing.
    assert effects.max() > 1


def test_a_text_without_words_has_no_effects(gradients):
    assert gradients.effects("", "joy").shape == (0,)
