import numpy as np

from emoticare.server.score_cache import ScoreCache


def test_what_was_said_of_a_text_is_found_again():
    cache = ScoreCache()
    outputs = np.array([1.0, -2.0], np.float32)
    cache.add(cache.key("a \ud83d"), outputs)
    outputs[:] = 0
    np.testing.assert_array_equal(cache.find(cache.key("a \ud83d")), [1, -2])
    assert cache.find(cache.key("a")) is None


def test_those_asked_for_longest_ago_are_forgotten():
    cache = ScoreCache(most_texts=2)
    a, b, c = map(cache.key, "abc")
    for key in (a, b):
        cache.add(key, np.zeros(2, np.float32))
    cache.find(a)
    cache.add(c, np.zeros(2, np.float32))
    assert cache.find(b) is None
    assert cache.find(a) is not None
    assert cache.find(c) is not None


def test_no_text_is_kept():
    cache = ScoreCache()
    cache.add(cache.key("a secret"), np.zeros(2, np.float32))
    held = repr(vars(cache))
    assert "secret" not in held.replace("_secret", "")
    # Nor can a text be looked for in what another process kept.
    assert not ScoreCache()._outputs.keys() & cache._outputs.keys()
    other = ScoreCache()
    other.add(other.key("a secret"), np.zeros(2, np.float32))
    assert not other._outputs.keys() & cache._outputs.keys()
