import pytest

from emoticare.server.errors import ForbiddenError, RateLimitedError
from emoticare.server.keys.key_file import ApiKey, digest
from emoticare.server.keys.quota import Quota
from emoticare.server.keys.usage import Usage
from emoticare.server.metrics import ServerMetrics

from .test_token_bucket import Clock, S


def quota_of(**limits) -> tuple[Quota, Clock]:
    clock = Clock()
    metrics = ServerMetrics([], "1", "x")
    metrics.name_keys(["a"])
    return Quota(ApiKey(digest=digest("one"), name="a", **limits), metrics, clock), clock


def fields(quota: Quota) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in quota.headers()}


def test_requests_a_minute():
    quota, clock = quota_of(requests_per_minute=2)
    assert fields(quota) == {
        "ratelimit-policy": '"requests";q=2;w=60',
        "ratelimit": '"requests";r=2',
    }
    for _ in range(2):
        with quota.request():
            pass
    assert fields(quota)["ratelimit"] == '"requests";r=0;t=30'
    with pytest.raises(RateLimitedError, match="2 requests a minute") as raised, quota.request():
        pass
    assert raised.value.response().headers["Retry-After"] == "30"
    clock.now_ns += 30 * S
    with quota.request():
        pass


def test_texts_a_minute_and_what_the_model_reads_beyond_them():
    quota, clock = quota_of(texts_per_minute=60)
    assert fields(quota)["ratelimit-policy"] == '"texts";q=60;qu="texts";w=60'
    usage = Usage()
    usage.quota = quota
    with usage.request():
        usage.count_texts(20)
        usage.count_texts(20)  # looked at again
        usage.count_inputs(20)
        assert fields(quota)["ratelimit"] == '"texts";r=40;t=1'
        usage.count_inputs(30)
    assert fields(quota)["ratelimit"] == '"texts";r=10;t=1'
    with usage.request(), pytest.raises(RateLimitedError, match="60 texts a minute") as raised:
        usage.count_texts(11)
    assert raised.value.retry_after_s == 1
    with usage.request():
        usage.count_texts(10)
        usage.count_inputs(40)
    assert fields(quota)["ratelimit"] == '"texts";r=0;t=31'
    assert usage.n_texts == 30
    clock.now_ns += 31 * S
    assert fields(quota)["ratelimit"] == '"texts";r=1;t=1'
    with usage.request():
        usage.count_texts(0)


def test_at_a_time():
    quota, _ = quota_of(concurrency=2)
    with quota.request(), quota.stream(), quota.request():
        with pytest.raises(RateLimitedError, match="2 requests at a time"), quota.request():
            pass
        with quota.stream(), pytest.raises(RateLimitedError, match="streams"), quota.stream():
            pass
    with quota.request(), quota.request():
        pass
    assert quota.headers() == []


def test_what_fails_is_no_longer_under_way():
    quota, _ = quota_of(concurrency=1)
    for held in (quota.request, quota.stream) * 2:
        with pytest.raises(KeyError), held():
            raise KeyError


def test_routes():
    quota, _ = quota_of(routes=frozenset({"/v1/emotions"}))
    quota.check_route("/v1/emotions")
    for path in ("/v1/emotions/", "/v1/emotions\n", "/", "/v1/Emotions", ""):
        with pytest.raises(ForbiddenError):
            quota.check_route(path)
    quota_of()[0].check_route("/anything")


def test_without_a_key_only_texts_are_counted():
    usage = Usage()
    for _ in range(2):
        with usage.request():
            usage.count_texts(3)
            usage.count_inputs(9)
    assert (usage.n_texts, usage.key_name) == (6, None)
