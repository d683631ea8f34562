from hypothesis import given
from hypothesis import strategies as st

from emoticare.server.keys.token_bucket import TokenBucket

S = 1_000_000_000
MINUTE = 60 * S


class Clock:
    """Goes only where a test moves it."""

    def __init__(self) -> None:
        self.now_ns = 5

    def __call__(self) -> int:
        return self.now_ns


def test_a_minute_at_once_and_then_steadily():
    clock = Clock()
    bucket = TokenBucket(6, clock)
    for left in range(6, 0, -1):
        assert (bucket.wait_s(), bucket.left()) == (0, left)
        bucket.take()
    assert (bucket.wait_s(), bucket.wait_s(3), bucket.left()) == (10, 30, 0)
    clock.now_ns += 10 * S
    assert (bucket.wait_s(), bucket.left()) == (0, 1)


def test_more_than_it_holds_takes_a_full_bucket_and_is_owed():
    clock = Clock()
    bucket = TokenBucket(6, clock)
    assert bucket.wait_s(600) == 0
    bucket.take(9)
    assert bucket.left() == 0
    assert bucket.wait_s() == 40
    assert bucket.wait_s(600) == 90


per_minute = st.integers(1, 1_000_000_000)
steps = st.lists(st.tuples(st.integers(0, 2 * MINUTE), st.integers(1, 1000)), max_size=40)


@given(per_minute, steps)
def test_no_stretch_of_time_gives_more_than_the_rate_and_a_bucket(per_minute, steps):
    clock = Clock()
    bucket = TokenBucket(per_minute, clock)
    given_at = []
    for wait_ns, n in steps:
        clock.now_ns += wait_ns
        if not bucket.wait_s(n):
            bucket.take(n)
            given_at.append((clock.now_ns, n))
    interval_ns = MINUTE // per_minute
    for i, (start_ns, _) in enumerate(given_at):
        for end in range(i, len(given_at)):
            # What is larger than the bucket is given as a whole, and owed.
            *before, last = (n for _, n in given_at[i : end + 1])
            most = per_minute + (given_at[end][0] - start_ns) // interval_ns
            assert sum(before) + min(last, per_minute) <= most


@given(per_minute, steps, st.integers(1, 2000))
def test_what_it_says_is_true(per_minute, steps, wanted):
    clock = Clock()
    bucket = TokenBucket(per_minute, clock)
    for wait_ns, n in steps:
        clock.now_ns += wait_ns
        bucket.take(n)
        left = bucket.left()
        assert 0 <= left <= per_minute
        assert not left or bucket.wait_s(left) == 0
        assert left == per_minute or bucket.wait_s(left + 1) > 0
    wait_s = bucket.wait_s(wanted)
    if wait_s:
        clock.now_ns += (wait_s - 1) * S
        assert bucket.wait_s(wanted) == 1
        clock.now_ns += S
        assert bucket.wait_s(wanted) == 0
    clock.now_ns += bucket.wait_s(per_minute) * S
    assert bucket.left() == per_minute
