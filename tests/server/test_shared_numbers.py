import sys
import threading

import pytest

from emoticare.server.keys.token_bucket import TokenBucket

if sys.platform == "win32":
    pytest.skip("locks of Unix", allow_module_level=True)

from emoticare.server.processes.shared_numbers import SharedNumbers


def test_all_see_the_same_numbers(tmp_path):
    one, other = (SharedNumbers(tmp_path / "numbers", 2, own) for own in range(2))
    for numbers in (one, other, other):
        with numbers.changing() as counts:
            counts[numbers.own] += 1
    with one.changing() as counts:
        assert list(counts) == [1, 2]


def test_nothing_changes_if_it_is_not_meant(tmp_path):
    numbers = SharedNumbers(tmp_path / "numbers", 1, 0)
    with pytest.raises(IndexError), numbers.changing() as counts:
        counts[0], counts[1] = 1, 1
    with numbers.changing() as counts:
        assert list(counts) == [0]


def test_a_bucket_gives_no_more_to_many_than_to_one(tmp_path):
    taken = []

    def take() -> None:
        bucket = TokenBucket(40, lambda: 1, SharedNumbers(tmp_path / "numbers", 4, 0))
        taken.extend(bucket.take_or_wait_s() == 0 for _ in range(20))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 40
