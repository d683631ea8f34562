import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import (
    average_precision_score,
    f1_score,
    log_loss,
    precision_recall_fscore_support,
    roc_auc_score,
)

from emoticare.errors import UsageError
from emoticare.evaluation.metrics import (
    auroc,
    average_precision,
    bce_loss,
    bce_losses,
    equal_mass_bins,
    expected_calibration_error,
    f1_counts,
    macro_f1,
    mean_average_precision,
    micro_f1,
    per_label_calibration_error,
    per_label_scores,
    precision_recall_curve,
)

SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 5))


@st.composite
def gold_and_probabilities(draw):
    """Random gold labels and probabilities of few distinct values, so that ties are common."""
    shape = draw(SHAPES)
    gold = draw(hnp.arrays(np.bool_, shape))
    tenths = draw(hnp.arrays(np.int64, shape, elements=st.integers(0, 10)))
    return gold, tenths / 10


@given(gold_and_probabilities())
def test_f1_figures_equal_those_of_sklearn(arrays):
    gold, probabilities = arrays
    y_pred = probabilities >= 0.5
    scores = per_label_scores(gold, y_pred)
    # Columns are doubled because sklearn takes one column for a plain binary task.
    expected = precision_recall_fscore_support(
        np.hstack([gold, gold]), np.hstack([y_pred, y_pred]), zero_division=0
    )
    n_labels = gold.shape[1]
    for figure, wanted in zip(
        (scores.precision, scores.recall, scores.f1, scores.support), expected, strict=True
    ):
        np.testing.assert_allclose(figure, wanted[:n_labels])
    doubled = np.hstack([gold, gold]), np.hstack([y_pred, y_pred])
    for metric, average in ((macro_f1, "macro"), (micro_f1, "micro")):
        wanted = f1_score(*doubled, average=average, zero_division=0)
        assert metric(gold, y_pred) == pytest.approx(wanted)


@given(gold_and_probabilities())
def test_average_precision_and_auroc_equal_those_of_sklearn(arrays):
    gold, probabilities = arrays
    precisions, areas = average_precision(gold, probabilities), auroc(gold, probabilities)
    for i in range(gold.shape[1]):
        column, scores = gold[:, i], probabilities[:, i]
        if not column.any():
            assert np.isnan(precisions[i])
            assert np.isnan(areas[i])
            continue
        assert precisions[i] == pytest.approx(average_precision_score(column, scores))
        if column.all():
            assert np.isnan(areas[i])
        else:
            assert areas[i] == pytest.approx(roc_auc_score(column, scores))


@given(gold_and_probabilities())
@settings(max_examples=50)
def test_bce_loss_equals_that_of_sklearn(arrays):
    gold, probabilities = arrays
    clipped = np.clip(probabilities, 1e-7, 1 - 1e-7)
    wanted = np.mean(
        [log_loss(gold[:, i], clipped[:, i], labels=[0, 1]) for i in range(gold.shape[1])]
    )
    assert bce_loss(gold, probabilities) == pytest.approx(wanted)


@given(gold_and_probabilities())
@settings(max_examples=50)
def test_no_figure_depends_on_the_order_of_the_texts(arrays):
    gold, probabilities = arrays
    for metric in (average_precision, auroc, per_label_calibration_error):
        forward, backward = metric(gold, probabilities), metric(gold[::-1], probabilities[::-1])
        np.testing.assert_allclose(forward, backward)


def test_a_calibration_error_that_is_rounding_alone_is_the_same_in_any_order():
    gold, probabilities = np.zeros((16, 1), np.bool_), np.full((16, 1), 0.2)
    gold[0] = gold[6] = gold[11] = True
    probabilities[0] = 0.4
    for metric in (per_label_calibration_error, expected_calibration_error):
        forward = metric(gold, probabilities)
        for seed in range(50):
            order = np.random.default_rng(seed).permutation(len(gold))
            assert metric(gold[order], probabilities[order]) == forward


def test_counts_by_hand():
    y_true = np.array([[1, 0], [1, 0], [0, 0]], dtype=np.float32)
    y_pred = np.array([[1, 0], [0, 1], [1, 0]], dtype=bool)
    counts = f1_counts(y_true, y_pred)
    assert counts.true_positives.tolist() == [1, 0]
    assert counts.false_positives.tolist() == [1, 1]
    assert counts.false_negatives.tolist() == [1, 0]
    assert macro_f1(y_true, y_pred) == pytest.approx(0.25)
    assert micro_f1(y_true, y_pred) == pytest.approx(2 / (2 + 2 + 1))


def test_label_without_support_or_prediction_scores_zero():
    nothing = np.zeros((4, 1), dtype=bool)
    scores = per_label_scores(nothing, nothing)
    assert (scores.precision[0], scores.recall[0], scores.f1[0], scores.support[0]) == (0, 0, 0, 0)


def test_average_precision_takes_ties_as_one_step():
    y_true = np.array([[1], [0], [1]])
    # The tie of a positive and a negative is read once, at precision 1/2.
    assert average_precision(y_true, np.array([[0.9], [0.9], [0.1]]))[0] == pytest.approx(
        0.5 * 0.5 + 0.5 * 2 / 3
    )


def test_mean_average_precision_leaves_out_labels_without_positives():
    y_true = np.array([[1, 0], [0, 0]])
    probabilities = np.array([[0.9, 0.9], [0.1, 0.1]])
    assert mean_average_precision(y_true, probabilities) == 1.0
    assert np.isnan(mean_average_precision(np.zeros((2, 2)), probabilities))


def test_precision_recall_curve_by_hand():
    precision, recall = precision_recall_curve(np.array([1, 0, 1]), np.array([0.9, 0.5, 0.1]))
    np.testing.assert_allclose(precision, [1, 1 / 2, 2 / 3])
    np.testing.assert_allclose(recall, [1 / 2, 1 / 2, 1])


def test_bce_loss_is_finite_for_certain_and_wrong_float32():
    losses = bce_losses(np.array([[1], [0]]), np.array([[0], [1]], dtype=np.float32))
    np.testing.assert_allclose(losses, -np.log(1e-7), rtol=1e-6)


def test_expected_calibration_error_by_hand():
    # Two decisions at 0.8, one of them positive, and two at 0.1, none positive.
    y_true = np.array([[1, 0], [0, 0]])
    probabilities = np.array([[0.8, 0.1], [0.8, 0.1]])
    assert expected_calibration_error(y_true, probabilities) == pytest.approx((0.3 + 0.1) / 2)
    assert per_label_calibration_error(y_true, probabilities) == pytest.approx([0.3, 0.1])


def test_certain_and_right_is_calibrated():
    y_true = np.array([[1, 0], [0, 1]])
    assert expected_calibration_error(y_true, y_true.astype(float)) == 0.0


def test_calibrated_probabilities_have_a_small_error():
    generator = np.random.default_rng(0)
    probabilities = generator.random((20_000, 2))
    y_true = generator.random((20_000, 2)) < probabilities
    assert expected_calibration_error(y_true, probabilities) < 0.01
    assert (per_label_calibration_error(y_true, probabilities) < 0.02).all()
    assert expected_calibration_error(y_true, probabilities**2) > 0.1


def test_equal_mass_bins_hold_equally_many_and_keep_ties_together():
    values = np.random.default_rng(0).permutation(30) / 30
    assert np.bincount(equal_mass_bins(values, 15)).tolist() == [2] * 15
    assert np.unique(equal_mass_bins(np.full(7, 0.2), 3)).tolist() == [0]


@pytest.mark.parametrize(
    "metric", [macro_f1, average_precision, bce_loss, expected_calibration_error]
)
@pytest.mark.parametrize("shapes", [((2, 3), (2, 2)), ((2,), (2,)), ((0, 3), (0, 3))])
def test_shapes_that_do_not_fit_are_refused(metric, shapes):
    with pytest.raises(UsageError, match="one shape"):
        metric(np.zeros(shapes[0]), np.zeros(shapes[1]))
