import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from emoticare.errors import UsageError
from emoticare.evaluation.bootstrap import (
    METRICS,
    _draw_weights,
    _TextScores,
    bootstrap_intervals,
    paired_bootstrap,
)
from emoticare.evaluation.metrics import (
    bce_loss,
    macro_f1,
    mean_average_precision,
    micro_f1,
    per_label_scores,
)

THRESHOLDS = np.array([0.5, 0.4, 0.3, 0.5])


def draw_arrays(n_texts=300, seed=0):
    """Return gold labels, and probabilities in steps of 0.05 so that there are ties."""
    generator = np.random.default_rng(seed)
    y_true = generator.random((n_texts, 4)) < [0.4, 0.2, 0.1, 0.02]
    raw = 0.6 * y_true * generator.random(y_true.shape) + 0.4 * generator.random(y_true.shape)
    return y_true, np.round(raw * 20) / 20


def figures_of(y_true, probabilities):
    y_pred = probabilities >= THRESHOLDS
    return {
        "macro_f1": macro_f1(y_true, y_pred),
        "micro_f1": micro_f1(y_true, y_pred),
        "mean_average_precision": mean_average_precision(y_true, probabilities),
        "bce_loss": bce_loss(y_true, probabilities),
    }


def test_value_is_the_plain_metric():
    y_true, probabilities = draw_arrays()
    intervals = bootstrap_intervals(y_true, probabilities, THRESHOLDS, n_bootstrap=2)
    wanted = figures_of(y_true, probabilities)
    assert {name: i.value for name, i in intervals.metrics.items()} == pytest.approx(wanted)
    label_f1 = per_label_scores(y_true, probabilities >= THRESHOLDS).f1
    assert [i.value for i in intervals.label_f1] == pytest.approx(label_f1)


def test_weights_are_the_same_as_repeated_texts():
    y_true, probabilities = draw_arrays()
    (weights,) = _draw_weights(len(y_true), 5, seed=3)
    replicates = _TextScores.of(y_true, probabilities, THRESHOLDS).under(weights)
    for r in range(5):
        rows = np.repeat(np.arange(len(y_true)), weights[:, r].astype(int))
        wanted = figures_of(y_true[rows], probabilities[rows])
        assert {name: replicates.metrics[name][r] for name in METRICS} == pytest.approx(wanted)


def test_weighted_average_precision_equals_that_of_sklearn():
    y_true, probabilities = draw_arrays()
    weights = np.random.default_rng(1).integers(0, 3, len(y_true))
    model = _TextScores.of(y_true[:, :1], probabilities[:, :1], THRESHOLDS[:1])
    wanted = average_precision_score(y_true[:, 0], probabilities[:, 0], sample_weight=weights)
    (found,) = model.ranked[0].average_precision(weights[:, None].astype(float))
    assert found == pytest.approx(wanted)


def test_each_replicate_draws_as_many_texts_as_there_are():
    blocks = list(_draw_weights(50, 300, seed=0))
    assert sum(block.shape[1] for block in blocks) == 300
    assert all((block.sum(axis=0) == 50).all() for block in blocks)


def test_same_seed_same_intervals():
    arrays = *draw_arrays(), THRESHOLDS
    once = bootstrap_intervals(*arrays, n_bootstrap=50, seed=7)
    assert once == bootstrap_intervals(*arrays, n_bootstrap=50, seed=7)
    assert once != bootstrap_intervals(*arrays, n_bootstrap=50, seed=8)


def test_intervals_hold_the_value_and_narrow_with_more_texts():
    small = bootstrap_intervals(*draw_arrays(200), THRESHOLDS, n_bootstrap=300).metrics
    large = bootstrap_intervals(*draw_arrays(5000), THRESHOLDS, n_bootstrap=300).metrics
    for name in ("micro_f1", "bce_loss"):
        assert small[name].low < small[name].value < small[name].high
        assert large[name].high - large[name].low < 0.5 * (small[name].high - small[name].low)


def test_interval_of_a_mean_is_close_to_the_normal_one():
    y_true, probabilities = draw_arrays(2000)
    interval = bootstrap_intervals(y_true, probabilities, THRESHOLDS, n_bootstrap=2000).metrics[
        "bce_loss"
    ]
    error = _TextScores.of(y_true, probabilities, THRESHOLDS).losses.std() / np.sqrt(2000)
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * error, rel=0.1)


def test_label_without_positives_is_left_out_of_mean_average_precision():
    y_true, probabilities = draw_arrays()
    y_true[:, 3] = False
    interval = bootstrap_intervals(y_true, probabilities, THRESHOLDS, n_bootstrap=20)
    wanted = mean_average_precision(y_true[:, :3], probabilities[:, :3])
    assert interval.metrics["mean_average_precision"].value == pytest.approx(wanted)


def test_no_positive_at_all_gives_nan_without_a_warning():
    y_true, probabilities = draw_arrays()
    nothing = np.zeros_like(y_true)
    interval = bootstrap_intervals(nothing, probabilities, THRESHOLDS, n_bootstrap=5).metrics[
        "mean_average_precision"
    ]
    assert np.isnan([interval.value, interval.low, interval.high]).all()


def test_model_does_not_differ_from_itself():
    y_true, a = draw_arrays()
    for interval in paired_bootstrap(y_true, a, a, THRESHOLDS, THRESHOLDS, n_bootstrap=20).values():
        assert (interval.value, interval.low, interval.high) == (0, 0, 0)


def test_paired_difference_is_b_minus_a_and_sees_a_better_model():
    y_true, a = draw_arrays(2000)
    b = 0.8 * a + 0.2 * y_true
    found = paired_bootstrap(y_true, a, b, THRESHOLDS, THRESHOLDS, n_bootstrap=200)
    first, second = figures_of(y_true, a), figures_of(y_true, b)
    for name in METRICS:
        assert found[name].value == pytest.approx(second[name] - first[name])
    assert found["mean_average_precision"].low > 0
    assert found["bce_loss"].high < 0


def test_paired_interval_is_narrower_than_unpaired_ones():
    y_true, a = draw_arrays(1000)
    b = np.clip(a + 0.01, 0, 1)
    paired = paired_bootstrap(y_true, a, b, THRESHOLDS, THRESHOLDS, n_bootstrap=200)["bce_loss"]
    alone = bootstrap_intervals(y_true, a, THRESHOLDS, n_bootstrap=200).metrics["bce_loss"]
    assert paired.high - paired.low < 0.5 * (alone.high - alone.low)


def test_bad_arguments_are_refused():
    y_true, probabilities = draw_arrays()
    with pytest.raises(UsageError, match="at least 1"):
        bootstrap_intervals(y_true, probabilities, THRESHOLDS, n_bootstrap=0)
    with pytest.raises(UsageError, match="logits"):
        bootstrap_intervals(y_true, probabilities - 0.5, THRESHOLDS)
