"""What FastAPI describes and what is answered past it must be the same."""

import asyncio
import json
import threading

import pytest

from emoticare.server import direct
from emoticare.server.app import _routes, make_service
from emoticare.server.config import ServerConfig
from emoticare.server.direct import DirectRoutes
from emoticare.server.errors import EngineError, InternalError, MalformedError, ServingError
from emoticare.server.routes.native import native_router
from emoticare.server.routes.tei import tei_router
from emoticare.server.telemetry import NoTracing

BODIES = [
    b"",
    b"null",
    b"{",
    b"\xff",
    b'{"text": NaN}',
    b"[" * 100_000,
    b"1" * 5000,
    b"{}",
    b"[]",
    b'"marked"',
    b'{"text": 1}',
    b'{"texts": "marked"}',
    b'{"texts": ["a", 2, null]}',
    b'{"text": "a", "marked": 1}',
    b'{"text": "a", "top_k": 0}',
    b'{"text": "a", "top_k": "1"}',
    b'{"text": "a", "thresholds": 2}',
    b'{"text": "a", "thresholds": {"marked": 0.5}}',
    b'{"text": "a", "texts": ["b"]}',
    b'{"inputs": 3}',
    b'{"inputs": [["a", "b", "c"]]}',
]


async def answer(app, path: str, body: bytes, method: str = "POST") -> tuple[int, object]:
    """Ask an application, and answers what it refuses as the layer around it does."""
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"content-type", b"application/json")],
        "app": None,
    }
    sent = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    try:
        await app(scope, receive, send)
    except ServingError as error:
        await error.response()(scope, receive, send)
    return sent[0]["status"], json.loads(sent[1]["body"])


@pytest.fixture(scope="module")
def service(tiny):
    return make_service(ServerConfig(), lambda: tiny)


@pytest.mark.parametrize("path", ["/v1/emotions", "/predict"])
@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:40]))
def test_the_same_is_refused_in_the_same_words(service, path, body):
    # The model has not started, so what is not refused for its body is refused for that.
    routers = [native_router(service), tei_router(service)]
    app = _routes(service, NoTracing(), routers)
    directly, described = (
        asyncio.run(answer(each, path, body)) for each in (DirectRoutes(app, routers, 1000), app)
    )
    assert directly == described
    assert directly[0] in (400, 422, 503)
    assert b"marked" not in json.dumps(directly[1]).encode()


def test_all_but_requests_for_scores_goes_to_the_application(service):
    routers = [native_router(service)]
    app = DirectRoutes(_routes(service, NoTracing(), routers), routers, 1000)
    assert asyncio.run(answer(app, "/v1/emotions", b"", "GET"))[0] == 405
    assert asyncio.run(answer(app, "/nowhere", b"{}"))[0] == 404


def test_a_fault_is_answered_without_its_message_and_passed_on(service, monkeypatch):
    async def fail(*_args, **_options):
        raise RuntimeError("marked")

    monkeypatch.setattr(service, "score", fail)
    routers = [native_router(service)]
    app = DirectRoutes(_routes(service, NoTracing(), routers), routers, 1000)
    answers = []

    async def run():
        async def send(message):
            answers.append(message)

        async def receive():
            return {"type": "http.request", "body": b'{"text": "a"}', "more_body": False}

        scope = {"type": "http", "method": "POST", "path": "/v1/emotions", "headers": []}
        await app(scope, receive, send)

    with pytest.raises(RuntimeError):
        asyncio.run(run())
    assert answers[0]["status"] == InternalError.http_status
    assert b"marked" not in answers[1]["body"]


def test_a_refusal_of_the_model_is_passed_on(service, monkeypatch):
    async def fail(*_args, **_options):
        raise EngineError("The model failed.")

    monkeypatch.setattr(service, "score", fail)
    routers = [native_router(service)]
    app = DirectRoutes(_routes(service, NoTracing(), routers), routers, 1000)
    status, body = asyncio.run(answer(app, "/v1/emotions", b'{"text": "a"}'))
    assert (status, body["error_type"]) == (424, "backend")


@pytest.mark.parametrize(("n_chars", "is_here"), [(10, True), (100_000, False)])
def test_a_long_body_is_parsed_beside_the_event_loop(service, monkeypatch, n_chars, is_here):
    threads = []

    def refuse(*_):
        threads.append(threading.current_thread())
        raise MalformedError("Expected another.")

    monkeypatch.setattr(direct, "check_items", refuse)
    routers = [native_router(service)]
    app = DirectRoutes(_routes(service, NoTracing(), routers), routers, 1000)
    assert asyncio.run(answer(app, "/v1/emotions", b"x" * n_chars))[0] == 400
    assert [thread is threading.current_thread() for thread in threads] == [is_here]
