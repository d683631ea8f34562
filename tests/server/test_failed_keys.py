from emoticare.server.keys.failures import FailedKeys

from .test_token_bucket import Clock, S


def test_some_wrong_keys_a_minute():
    clock = Clock()
    failed = FailedKeys(clock)
    for _ in range(10):
        assert failed.wait_s("192.0.2.1") == 0
        failed.count("192.0.2.1")
    assert failed.wait_s("192.0.2.1") == 6
    assert failed.wait_s("192.0.2.2") == 0
    clock.now_ns += 6 * S
    assert failed.wait_s("192.0.2.1") == 0
    failed.count("192.0.2.1")
    assert failed.wait_s("192.0.2.1") == 6


def test_as_many_networks_as_there_is_room_for():
    failed = FailedKeys(Clock(), most_networks=3)
    for _ in range(10):
        failed.count("192.0.2.1")
    for host in range(2, 4):
        failed.count(f"192.0.2.{host}")
    failed.count("192.0.2.1")
    failed.count("192.0.2.4")
    assert len(failed._tries) == 3
    assert failed.wait_s("192.0.2.1") > 0  # the latest to fail is remembered
    failed.count("192.0.2.5")
    failed.count("192.0.2.6")
    failed.count("192.0.2.7")
    assert failed.wait_s("192.0.2.1") == 0
