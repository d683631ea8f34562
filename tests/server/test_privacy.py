"""A marked text goes through every route, well-formed and malformed, and is found nowhere."""

import itertools
import json
from urllib.parse import urlsplit

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from websockets.sync.client import connect

from emoticare.server.logs import JsonFormatter
from emoticare.server.telemetry import Tracing, make_tracing

from .conftest import RunningServer, running
from .processes import serving

CANARY = "kanarienvogel"
TEXT = f"so happy {CANARY}"
PATHS = (
    "/v1/explanations",
    "/v1/emotions",
    "/v1/moderations",
    "/v1/conversations",
    "/",
    "/models/emoticare",
    "/predict",
    "/v1alpha1/comments:analyze",
    f"/$discovery/rest?version={CANARY}",
    "/beta/litellm_basic_guardrail_api",
    "/api/classify",
    "/api/classify/labels",
    "/v1/models",
    f"/v1/models/{CANARY}",
    f"/{CANARY}",
    "/v1/stream",
    "/v1/dashboard",
    "/dashboard",
)
BODIES = [
    {"text": TEXT},
    {"text": TEXT, "context": f"why {CANARY}"},
    {"texts": [TEXT, TEXT]},
    {"inputs": TEXT},
    {"input": TEXT},
    {"chat": CANARY},
    {"chat": f'{{"{CANARY}'},
    {"chat": f"Ann: {TEXT}", "format": CANARY},
    {"turns": [{"text": TEXT, "speaker": [CANARY]}]},
    {"turns": [{"text": TEXT, "speaker": "Ann", "time": CANARY}]},
    {"turns": [{"text": [TEXT], CANARY: 1}]},
    {"text": "so happy", "context": TEXT},
    {"text": "so happy", "context": TEXT, "spans": True},
    {"text": "so happy", "context": TEXT, "speaker": "Ann"},
    {"text": "so happy", "context": [TEXT]},
    {"text": "so happy", "context": TEXT * 50_000},
    {"texts": ["so happy"], "contexts": [TEXT]},
    {"texts": ["so happy"], "contexts": [TEXT, TEXT]},
    {"texts": ["so happy"], "contexts": {CANARY: TEXT}},
    {"turns": [{"text": TEXT}], "context_turns": CANARY},
    {"text": TEXT, "speaker": "Ann", "time": 1, "context_turns": CANARY},
    {"text": TEXT, "speaker": "Ann", "time": 1},
    {"text": "so happy", "speaker": "Ann", "time": 2},
    {"text": TEXT, "speaker": "Ann", "time": CANARY},
    {"text": TEXT, "speaker": {CANARY: CANARY}},
    {"input": [TEXT, TEXT], "model": CANARY},
    {"input": [{"type": CANARY, "text": TEXT}]},
    {"input": {CANARY: TEXT}},
    {"inputs": [[TEXT], [TEXT]]},
    {"text": TEXT, "thresholds": {CANARY: 0.2}},
    {"text": TEXT, "thresholds": CANARY},
    {"text": TEXT, "top_k": CANARY},
    {"text": TEXT, "labels": [CANARY]},
    {"text": TEXT, "groups": True},
    {"text": TEXT, "groups": CANARY},
    {"text": f"{TEXT}. {TEXT}!", "spans": True},
    {"texts": [TEXT], "spans": CANARY},
    {"comment": {"text": TEXT}, "requestedAttributes": {"TOXICITY": {}}},
    {"comment": {"text": TEXT}, "requestedAttributes": {"TOXICITY": {}}, "languages": [CANARY]},
    {"comment": {"text": TEXT}, "requestedAttributes": {CANARY: {}}},
    {"comment": {"text": TEXT}, "requestedAttributes": {"TOXICITY": {"scoreType": CANARY}}},
    {"comment": {CANARY: TEXT, "type": CANARY}},
    {"comment": TEXT},
    {"texts": [TEXT], "request_data": {CANARY: CANARY}, "litellm_call_id": CANARY},
    {"texts": [TEXT], "input_type": CANARY},
    {"texts": [TEXT], "additional_provider_specific_params": {"on_flag": CANARY}},
    {"input": [{"type": "image_url", "image_url": {"url": CANARY}}]},
    {"text": [TEXT]},
    {"texts": {CANARY: TEXT}},
    {"texts": TEXT},
    {"texts": [TEXT, 3, None]},
    {"inputs": {CANARY: TEXT}},
    {"inputs": TEXT, "parameters": {"function_to_apply": CANARY, CANARY: CANARY}},
    {"inputs": TEXT, "truncate": CANARY, "truncation_direction": CANARY},
    {"inputs": [[TEXT, TEXT]]},
    {CANARY: CANARY},
    [TEXT],
    TEXT,
]
RAW_BODIES = [
    *(json.dumps(body).encode() for body in BODIES),
    json.dumps({"text": TEXT}).encode()[:-2],
    f'{{"text": "{TEXT}\n"}}'.encode(),
    f'{{"text": NaN, "{CANARY}'.encode(),
    f"text={TEXT}".encode(),
    CANARY.encode("utf-16"),
    b"\xff" + CANARY.encode(),
    ("[" * 5000 + CANARY).encode(),
    json.dumps({"texts": [TEXT] * 5000}).encode(),
    json.dumps({"text": TEXT * 50_000}).encode(),
    json.dumps({"text": TEXT * 500_000}).encode(),
]
MEDIA_TYPES = (
    "application/json",
    "text/plain",
    f"text/{CANARY}",
    "multipart/form-data; boundary=x",
)


def send_everything(host: str, port: int, request) -> list[bytes]:
    """Return every answer, headers included."""
    answers = []
    for path, body in itertools.product(PATHS, RAW_BODIES):
        answer = request("POST", path, body, Content_Type="application/json")
        answers.append(answer.content + repr(answer.headers).encode())
    for path, media_type in itertools.product(PATHS, MEDIA_TYPES):
        answer = request("POST", path, RAW_BODIES[0], Content_Type=media_type)
        answers.append(answer.content + repr(answer.headers).encode())
    for method, path in itertools.product(("GET", "PUT", "DELETE", "OPTIONS", "HEAD"), PATHS):
        answer = request(
            method,
            f"{path}?text={CANARY}&key={CANARY}",
            X_Request_Id=CANARY,
            Authorization=f"Bearer {CANARY}",
            Cookie=f"a={CANARY}",
            Referer=f"http://{CANARY}/",
            Traceparent=CANARY,
        )
        answers.append(answer.content + repr(answer.headers).encode())
    with connect(f"ws://{host}:{port}/v1/stream?text={CANARY}") as stream:
        for body in RAW_BODIES[:-3]:
            stream.send(body)
            answers.append(stream.recv().encode())
    return answers


def assert_nothing_leaked(outputs) -> None:
    leaks = [output for output in outputs if CANARY in output or CANARY[:8] in output]
    assert leaks == []


def test_nothing_leaks_from_a_server_that_works(tiny_with_context, tmp_path):
    tiny_with_context.artifact.save(tmp_path / "model")
    counts = tmp_path / "counts.sqlite"
    options = ("--max-chars", "1000000", "--dashboard", str(counts))
    with serving(tmp_path / "model", *options) as process:
        parts = urlsplit(process.url)
        client = RunningServer(parts.hostname, parts.port, None, None)
        answers = send_everything(client.host, client.port, client.request)
        answers += [client.get(path).content for path in ("/metrics", "/info", "/health")]
        # An answer that gives back a chat read from it holds the texts; nothing else may.
        chat = client.post("/v1/conversations", {"chat": f"{CANARY}: {TEXT}"})
        assert CANARY in chat.content.decode()
        n_answers = len(PATHS) * (len(RAW_BODIES) + len(MEDIA_TYPES) + 5)
        assert len(answers) > n_answers
        process.stop()
    assert sum('"message": "request"' in line for line in process.output) > n_answers
    assert_nothing_leaked([a.decode("utf-8", "replace") for a in answers])
    assert_nothing_leaked(process.output)
    assert_nothing_leaked([counts.read_bytes().decode("latin-1")])


@pytest.mark.parametrize("place", ["logits", "tokenize", "answers"])
def test_nothing_leaks_from_a_server_that_fails(scripted, place, caplog, capfd, monkeypatch):
    """Whatever raises, with the text in its message, and whatever traces see."""
    exporter = InMemorySpanExporter()

    def crash(*_):
        raise ValueError(f"could not read {TEXT!r}")

    with running(lambda: scripted, Tracing(exporter)) as server:
        if place == "logits":
            scripted.before = crash
        elif place == "tokenize":
            monkeypatch.setattr(scripted, "tokenize", crash, raising=False)
        else:
            monkeypatch.setattr("emoticare.server.answers.emotions", crash)
        answers = []
        for _ in range(3):
            answer = server.post("/v1/emotions", {"text": TEXT})
            assert answer.status in (424, 500, 503)
            assert set(answer.json) == {"error", "error_type"}
            answers.append(answer.content.decode())
        with connect(f"ws://{server.host}:{server.port}/v1/stream") as stream:
            stream.send(json.dumps({"text": TEXT}))
            answers.append(stream.recv())
        server.service.scorer._is_stopped.set()
        monkeypatch.undo()
        scripted.before = lambda _: None
        answers.append(server.get("/metrics").content.decode())
    spans = [span.to_json() for span in exporter.get_finished_spans()]
    assert len(spans) >= 4
    assert "/v1/emotions" in spans[0]
    assert_nothing_leaked(spans)
    assert_nothing_leaked(answers)
    formatted = [json_line(record) for record in caplog.records]
    assert any("ValueError" in line for line in formatted)
    assert_nothing_leaked(formatted)


def json_line(record) -> str:
    return JsonFormatter().format(record)


def test_a_span_joins_the_trace_of_its_caller(tiny):
    exporter = InMemorySpanExporter()
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    with running(lambda: tiny, Tracing(exporter)) as server:
        server.post(
            "/v1/emotions", {"text": "no"}, Traceparent=f"00-{trace_id}-b7ad6b7169203331-01"
        )
    (span,) = exporter.get_finished_spans()
    assert f"{span.context.trace_id:032x}" == trace_id
    assert span.name == "POST /v1/emotions"
    assert span.attributes["http.response.status_code"] == 200


def test_without_an_endpoint_nothing_is_traced():
    with make_tracing(None).request("GET /", {}) as span:
        span.set_attribute("http.route", "/")
    make_tracing(None).stop()


def test_what_others_trace_of_this_process_holds_no_text(tiny, monkeypatch):
    """FastAPI traces paths and queries by itself once a process has a provider of traces."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    with running(lambda: tiny) as server:
        server.get(f"/{CANARY}?text={CANARY}")
        server.post(f"/v1/emotions?text={CANARY}", {"text": TEXT, CANARY: TEXT})
    assert_nothing_leaked([span.to_json() for span in exporter.get_finished_spans()])
