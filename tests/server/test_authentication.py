import json

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from .conftest import running

KEYS = ("first-key", "second-key")
SITE = "https://chat.example"


@pytest.fixture(scope="module")
def locked(tiny):
    with running(lambda: tiny, api_keys=KEYS, cors_origins=(SITE,)) as server:
        yield server


@pytest.mark.parametrize("key", KEYS)
def test_each_key_opens(locked, key):
    answer = locked.post("/v1/emotions", {"text": "no"}, Authorization=f"Bearer {key}")
    assert answer.status == 200
    assert locked.get("/info", Authorization=f"bearer {key}").status == 200


@pytest.mark.parametrize(
    "sent", [None, "", "Bearer", "Bearer ", "Bearer first-ke", "Basic first-key", "first-key", "é"]
)
@pytest.mark.parametrize(
    "path",
    [
        *("/v1/emotions", "/", "/models/emoticare", "/predict"),
        *("/beta/litellm_basic_guardrail_api", "/api/classify"),
    ],
)
def test_nothing_else_does(locked, sent, path):
    headers = {} if sent is None else {"Authorization": sent}
    answer = locked.post(path, {"text": "no", "inputs": "no"}, **headers)
    assert answer.status == 401
    assert answer.json["error_type"] == "unauthorized"
    assert answer.headers["www-authenticate"] == 'Bearer realm="emoticare"'


def test_a_key_may_stand_in_a_header_of_its_own(locked):
    assert locked.get("/info", X_Api_Key="first-key").status == 200
    assert locked.get("/info", X_Api_Key="first-ke").status == 401
    assert locked.get("/info?key=first-key").status == 401


def test_health_metrics_and_pages_need_no_key(locked):
    for path in ("/livez", "/readyz", "/health", "/metrics", "/", "/docs", "/openapi.json"):
        assert locked.get(path).status == 200
        assert locked.request("HEAD", path).status == 200
    assert locked.get("/info").status == 401
    assert locked.get("/nowhere").status == 401


def test_streams_need_a_key_too(locked):
    url = f"ws://{locked.host}:{locked.port}/v1/stream"
    with pytest.raises(InvalidStatus) as refused:
        connect(url)
    answer = refused.value.response
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="emoticare"'
    assert json.loads(answer.body)["error_type"] == "unauthorized"
    with connect(url, additional_headers={"Authorization": "Bearer first-key"}) as stream:
        stream.send('{"text": "no"}')
        assert "scores" in stream.recv()


def test_only_named_origins_may_call(locked):
    key = {"Authorization": "Bearer first-key"}
    answer = locked.post("/v1/emotions", {"text": "no"}, Origin=SITE, **key)
    assert answer.headers["access-control-allow-origin"] == SITE
    answer = locked.post("/v1/emotions", {"text": "no"}, Origin="https://evil.example", **key)
    assert "access-control-allow-origin" not in answer.headers
    preflight = locked.request(
        "OPTIONS", "/v1/emotions", Origin=SITE, Access_Control_Request_Method="POST"
    )
    assert preflight.status == 200
    assert preflight.headers["access-control-allow-origin"] == SITE


def test_without_origins_there_is_no_cors(server):
    answer = server.post("/v1/emotions", {"text": "no"}, Origin=SITE)
    assert answer.status == 200
    assert "access-control-allow-origin" not in answer.headers


def test_a_foreign_page_opens_no_stream(server):
    url = f"ws://{server.host}:{server.port}/v1/stream"
    with pytest.raises(InvalidStatus) as refused:
        connect(url, origin=SITE)
    assert refused.value.response.status_code == 403
    assert json.loads(refused.value.response.body)["error_type"] == "forbidden"
    with connect(url, origin=server.url) as stream:
        stream.send('{"text": "no"}')
        assert "scores" in stream.recv()
