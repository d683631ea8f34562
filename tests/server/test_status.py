import threading

import pytest

from emoticare.labels import LABELS

from .conftest import running, until


def test_health_and_the_headers_of_every_answer(server):
    for path in ("/livez", "/readyz"):
        assert (server.get(path).status, server.get(path).json) == (200, {"status": "ok"})
    health = server.get("/health")
    assert (health.status, health.json) == (200, {"status": "ok"})
    for answer in (health, server.get("/"), server.get("/nowhere"), server.post("/predict", 3)):
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert len(answer.headers["x-request-id"]) == 32
        assert "server" not in answer.headers


def test_a_request_id_comes_back_unless_it_could_be_a_text(server):
    known = "0af7651916cd43dd8448eb211c80319c"
    assert server.get("/health", X_Request_Id=known).headers["x-request-id"] == known
    assert server.get("/health", X_Request_Id="i hate you").headers["x-request-id"] != "i hate you"


def test_info_tells_the_model_and_the_limits(server, tiny):
    info = server.get("/info").json
    assert info["model_sha"] == tiny.artifact.digest
    assert tuple(info["labels"]) == LABELS
    assert info["thresholds"]["joy"] == tiny.artifact.config.thresholds.per_label["joy"]
    assert info["model_type"]["classifier"]["id2label"]["27"] == "neutral"
    assert info["max_input_length"] == 64
    assert info["max_client_batch_size"] == 1000


def test_metrics_count_what_happened(tiny):
    with running(lambda: tiny) as server:
        before = server.metric("emoticare_tokens_total")
        server.post("/v1/emotions", {"texts": ["so happy"] * 5})
        server.post("/v1/emotions", {"text": 3})
        server.get("/secret/path?so=happy")
        until(lambda: server.metric("emoticare_tokens_total") == before + 20)
        metrics = server.get("/metrics")
        assert metrics.headers["content-type"].startswith("text/plain")
        text = metrics.content.decode()
        count = "http_server_request_duration_seconds_count"
        route = 'http_request_method="POST",http_response_status_code="{}",http_route="{}"'
        for status in (200, 422):
            assert f"{count}{{{route.format(status, '/v1/emotions')}}} 1.0" in text
        assert 'http_route="unmatched"' in text
        assert "secret" not in text
        assert server.metric("emoticare_batch_texts_sum") == 6  # with the probe
        predicted = tiny.predict(["so happy"] * 5)
        n_joy = sum("joy" in p.labels for p in predicted)
        assert server.metric('emoticare_predicted_labels_total{label="joy"}') >= n_joy
        for name in (
            "process_resident_memory_bytes",
            "emoticare_queue_time_seconds_count",
            "emoticare_inference_time_seconds_count",
            "emoticare_ready 1.0",
            "emoticare_queue_texts 0.0",
            "emoticare_open_streams 0.0",
        ):
            assert name in text


def test_health_turns_red_with_the_model_and_green_again(scripted):
    broken, may_recover = threading.Event(), threading.Event()

    def crash(_):
        if broken.is_set():
            raise RuntimeError("so happy")

    def make():
        if broken.is_set():
            may_recover.wait(30)
            broken.clear()
        return scripted

    scripted.before = crash
    with running(make) as server:
        assert server.get("/health").status == 200
        broken.set()
        failed = server.post("/v1/emotions", {"text": "so happy"})
        assert (failed.status, failed.json["error_type"]) == (424, "backend")
        red = server.get("/health")
        assert (red.status, red.json["error_type"]) == (503, "unavailable")
        assert (server.get("/readyz").status, server.get("/livez").status) == (503, 200)
        assert server.post("/v1/emotions", {"text": "so happy"}).status == 503
        assert server.metric("emoticare_ready") == 0
        may_recover.set()
        until(lambda: server.get("/health").status == 200)
        assert server.post("/v1/emotions", {"text": "so happy"}).status == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/v1/emotions", 405),
        ("DELETE", "/", 405),
    ],
)
def test_paths_and_methods_that_are_not_there(server, method, path, status):
    answer = server.request(method, path)
    assert answer.status == status
    assert set(answer.json) == {"error", "error_type"}


def test_pages_and_the_document_are_there(server):
    assert server.get("/").headers["content-type"].startswith("text/html")
    assert server.get("/docs").status == 200
    assert server.get("/openapi.json").json["openapi"].startswith("3.1")
