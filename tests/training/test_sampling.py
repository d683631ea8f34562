from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emoticare.training.sampling import MixtureSampler

SOURCES = np.repeat([0, 1, 2], [60, 5, 100])
LENGTHS = (np.arange(165) * 7) % 31 + 1


def sampler(shares: tuple[float, ...] = (0.6, 0.3, 0.1), seed: int = 0) -> MixtureSampler:
    return MixtureSampler(LENGTHS.tolist(), SOURCES, shares, batch_size=8, seed=seed)


def test_an_epoch_has_each_source_by_its_share() -> None:
    drawn = list(sampler())
    assert len(drawn) == len(sampler()) == 100
    assert Counter(SOURCES[drawn]) == {0: 60, 1: 30, 2: 10}
    times = Counter(drawn)
    assert all(times[i] == 1 for i in range(60))
    assert all(times[i] == 6 for i in range(60, 65))
    assert max(times[i] for i in range(65, 165)) == 1


def test_epochs_differ_and_the_same_epoch_is_drawn_alike_again() -> None:
    first = sampler()
    epochs = []
    for epoch in (0, 1):
        first.set_epoch(epoch)
        epochs.append(list(first))
    assert epochs[0] != epochs[1]
    resumed = sampler()
    resumed.set_epoch(1)
    assert list(resumed) == epochs[1]
    assert list(sampler(seed=1)) != epochs[0]


def test_a_batch_has_texts_of_about_one_length() -> None:
    drawn = LENGTHS[list(sampler())]
    spreads = [np.ptp(drawn[start : start + 8]) for start in range(0, 96, 8)]
    assert np.mean(spreads) < 5


@given(
    sizes=st.lists(st.integers(1, 30), min_size=2, max_size=4),
    first_share=st.floats(0.2, 0.9),
    batch_size=st.integers(1, 9),
)
def test_every_text_of_the_labelled_data_comes_up_once(
    sizes: list[int], first_share: float, batch_size: int
) -> None:
    sources = np.repeat(np.arange(len(sizes)), sizes)
    rest = (1 - first_share) / (len(sizes) - 1)
    drawn = list(
        MixtureSampler(
            [3] * len(sources),
            sources,
            [first_share, *[rest] * (len(sizes) - 1)],
            batch_size=batch_size,
            seed=1,
        )
    )
    times = Counter(drawn)
    assert all(times[i] == 1 for i in range(sizes[0]))
    for source in range(1, len(sizes)):
        counts = [times[i] for i in np.flatnonzero(sources == source)]
        assert max(counts) - min(counts) <= 1
