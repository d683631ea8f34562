import json

import numpy as np
import pytest

from emoticare.errors import UsageError
from emoticare.evaluation.metrics import macro_f1, micro_f1
from emoticare.evaluation.slices import evaluate_slices, slice_masks


def slices_of(text):
    return {name for name, mask in slice_masks([text]).items() if mask[0]} - {"all"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Thank you", {"very_short"}),
        ("- - Thank you - -", {"very_short"}),
        ("", {"very_short"}),
        ("thank you very much", set()),
        ("word " * 19, set()),
        ("word " * 20, {"long"}),
        ("I love it 😍", {"emoji", "very_short"}),
        ("what a day ☹ for us", {"emoji"}),
        ("The committee has considered your request.", {"formal"}),
        ("the committee has considered your request.", set()),
        ("The committee has considered your request!", set()),
        ("The committee hasn't considered your request.", set()),
        ("It's been considered by the whole committee.", set()),
        ("The committee has sooo considered your request.", set()),
        ("The committee has considered this, lol, indeed.", set()),
        ("The committee has considered your request 😀.", {"emoji"}),
        ("She asked the author's brother for help.", {"formal"}),
        ("thank you for the informations you gave", {"non_native"}),
        ("I am agree with you on that", {"non_native"}),
        ("i didn't went there last year", {"non_native"}),
        ("and he have no idea what to do", {"non_native"}),
        ("does he have any idea what to do", set()),
        ("we met in same place again", {"non_native"}),
        ("that is good idea my friend", {"non_native"}),
        ("that is a good idea my friend", set()),
        ("he was a honest man to me", {"non_native"}),
        ("it was a one time thing, a unique one", set()),
    ],
)
def test_texts_fall_into_their_slices(text, expected):
    assert slices_of(text) == expected


def test_masks_have_one_entry_a_text_even_without_texts():
    assert all(
        mask.shape == (2,) and mask.dtype == bool for mask in slice_masks(["a", "b"]).values()
    )
    assert all(mask.shape == (0,) for mask in slice_masks([]).values())


@pytest.fixture
def arrays():
    generator = np.random.default_rng(0)
    probabilities = generator.random((100, 3))
    return generator.random((100, 3)) < probabilities, probabilities


def test_whole_slice_has_the_plain_figures(arrays):
    y_true, probabilities = arrays
    y_pred = probabilities >= 0.5
    masks = {"all": np.ones(100, dtype=bool)}
    figures = evaluate_slices(y_true, probabilities, np.full(3, 0.5), masks)["all"]
    assert figures["n_texts"] == 100
    assert figures["n_labels"] == 3
    assert figures["macro_f1"] == macro_f1(y_true, y_pred)
    assert figures["micro_f1"] == micro_f1(y_true, y_pred)


def test_macro_f1_of_a_slice_leaves_out_labels_that_do_not_occur(arrays):
    y_true, probabilities = arrays
    mask = ~y_true[:, 0]
    figures = evaluate_slices(y_true, probabilities, np.full(3, 0.5), {"no first": mask})[
        "no first"
    ]
    rest = macro_f1(y_true[mask, 1:], probabilities[mask, 1:] >= 0.5)
    assert figures["n_labels"] == 2
    assert figures["macro_f1"] == pytest.approx(rest)


def test_empty_slice_has_no_figures_and_is_fit_for_json(arrays):
    masks = {"none": np.zeros(100, dtype=bool)}
    record = evaluate_slices(*arrays, np.full(3, 0.5), masks)
    assert record["none"]["n_texts"] == 0
    assert record["none"]["macro_f1"] is None
    json.dumps(record, allow_nan=False)


def test_mask_of_another_length_is_refused(arrays):
    with pytest.raises(UsageError, match="'short'"):
        evaluate_slices(*arrays, np.full(3, 0.5), {"short": np.ones(3, dtype=bool)})
