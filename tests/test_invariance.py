"""Same text, same score, to the last bit: alone or among others, by one thread or two."""

import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

import emoticare

WORDS = [
    *("i", "you", "so", "happy", "sad", "hate", "thanks", "why", "wow", "😀", "!", "?", "zxqv"),
    *("很", "unbelievably", "meeting", "[NAME]", "<3", ":)", "don't"),
]
N_OTHERS = 511
# Mostly short, so that the test is: but any length may come, up to more than the model reads.
LENGTHS = st.one_of(st.integers(0, 6), st.integers(0, 40), st.integers(40, 600))
text_of_any_length = st.builds(
    lambda words, n_words: " ".join((words * (n_words // len(words) + 1))[:n_words]),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=12),
    LENGTHS,
)


def others(seed: int, n_long: int) -> list[str]:
    chooser = random.Random(seed)
    lengths = [chooser.randint(0, 4) for _ in range(N_OTHERS - n_long)]
    lengths += [chooser.randint(5, 520) for _ in range(n_long)]
    chooser.shuffle(lengths)
    return [" ".join(chooser.choices(WORDS, k=length)) for length in lengths]


@pytest.fixture(scope="module")
def by_threads() -> list[emoticare.EmotionClassifier]:
    return [emoticare.load(threads=1), emoticare.load(threads=2)]


@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow])
@given(text=text_of_any_length, seed=st.integers(0, 2**32 - 1), n_long=st.integers(0, 2))
def test_a_text_alone_first_last_and_among_511_others(by_threads, text, seed, n_long):
    among = others(seed, n_long)
    found = []
    for classifier in by_threads:
        found += [
            classifier.predict_proba([text])[0],
            *classifier.predict_proba([text, *among, text])[[0, -1]],
        ]
    note(f"largest difference {np.ptp(found, axis=0).max():.2e}")
    assert len({scores.tobytes() for scores in found}) == 1


@pytest.mark.parametrize("threads", [1, 2])
def test_all_of_512_texts_score_as_they_do_alone(by_threads, threads):
    texts = others(0, 3)
    together = by_threads[threads - 1].predict_proba(texts)
    backwards = by_threads[threads - 1].predict_proba(texts[::-1])[::-1]
    alone = np.concatenate([by_threads[0].predict_proba([text]) for text in texts[:64]])
    assert together.tobytes() == backwards.tobytes()
    assert together[:64].tobytes() == alone.tobytes()
