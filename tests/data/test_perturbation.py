from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoticare.data.perturbation import (
    FIRST_NAMES,
    drop_words,
    elongate,
    misspell,
    swap_words,
    unmask_names,
)

ALL = [drop_words, elongate, misspell, swap_words, unmask_names]
TEXT = "[NAME] was wonderfully kind to everybody at the party"


@pytest.mark.parametrize("change", ALL)
@given(text=st.text(), seed=st.integers(0, 99))
def test_any_text_is_taken_and_chance_decides_alone(change, text: str, seed: int) -> None:
    assert change(text, Random(seed)) == change(text, Random(seed))


@pytest.mark.parametrize("change", ALL)
@pytest.mark.parametrize("text", ["", "!", "hm"])
def test_a_text_without_anything_to_change_stays(change, text: str) -> None:
    assert change(text, Random(0)) == text


@given(seed=st.integers(0, 9999))
def test_each_change_is_what_it_says(seed: int) -> None:
    words = TEXT.split()
    misspelt = misspell(TEXT, Random(seed)).split()
    assert misspelt[0] == "[NAME]"
    assert sum(a != b for a, b in zip(words, misspelt, strict=True)) <= 1
    assert len(drop_words(TEXT, Random(seed)).split()) == len(words) - 1
    assert sorted(swap_words(TEXT, Random(seed)).split()) == sorted(words)
    assert len(TEXT) + 2 <= len(elongate(TEXT, Random(seed))) <= len(TEXT) + 5
    name = unmask_names(TEXT, Random(seed)).split()[0]
    assert name in FIRST_NAMES


def test_longer_texts_have_up_to_three_errors() -> None:
    words = (TEXT[7:] + " ") * 20
    misspelt = misspell(words, Random(1)).split()
    assert sum(a != b for a, b in zip(words.split(), misspelt, strict=True)) == 3
