import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emoticare.stages.batches import TOKEN_BUDGET, cut_batches, pad, shared_budget

lengths_of_texts = st.lists(st.integers(1, 600), max_size=80)


@given(lengths_of_texts, st.integers(1, 2000))
def test_every_text_once_within_the_budget_in_rising_length(lengths, budget):
    batches = cut_batches(lengths, budget)
    positions = [int(i) for batch in batches for i in batch]
    assert sorted(positions) == list(range(len(lengths)))
    assert [lengths[i] for i in positions] == sorted(lengths)
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= budget


@given(lengths_of_texts)
def test_texts_of_one_length_stay_in_order(lengths):
    positions = [(lengths[i], i) for batch in cut_batches(lengths) for i in batch]
    assert positions == sorted(positions)


def test_batches_are_no_smaller_than_they_must_be():
    batches = cut_batches([10] * 1000)
    assert {len(batch) for batch in batches[:-1]} == {TOKEN_BUDGET // 10}
    assert cut_batches([]) == []


@given(st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=7), min_size=1, max_size=5))
def test_padding_is_zero_and_masked(texts):
    ids, mask = pad(texts)
    longest = max(map(len, texts))
    assert ids.shape == mask.shape == (len(texts), longest)
    assert ids.dtype == mask.dtype == np.int64
    assert [row[keep == 1].tolist() for row, keep in zip(ids, mask, strict=True)] == texts
    assert not ids[mask == 0].any()
    assert mask.sum(axis=1).tolist() == [len(text) for text in texts]


@given(st.integers(0, 10_000), st.integers(1, 5000), st.integers(1, 64))
def test_a_few_texts_are_shared_among_threads(n_tokens, budget, n_parallel):
    shared = shared_budget(n_tokens, budget, n_parallel)
    assert 1 <= shared <= budget
    assert shared == budget or shared * n_parallel >= n_tokens
