"""Servers of this process, on a free port, with the tiny model and whatever a test does to it."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from emoticare.classifier import EmotionClassifier
from emoticare.model.artifact import ModelArtifact
from emoticare.server.app import make_app, make_service
from emoticare.server.config import ServerConfig
from emoticare.server.server import DrainingServer, listen, web_config
from emoticare.server.service import Service
from emoticare.server.telemetry import NoTracing, Tracing
from emoticare.stages.probabilities import FloatArray
from emoticare.stages.tokens import TokenizedText

TIMEOUT_S = 60


@dataclass(frozen=True)
class Answer:
    """An answer over HTTP."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


@dataclass
class RunningServer:
    """A server and a client of it."""

    host: str
    port: int
    service: Service
    web: DrainingServer

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def request(
        self, method: str, path: str, body: str | bytes | None = None, **headers: str
    ) -> Answer:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=TIMEOUT_S)
        try:
            connection.request(
                method, path, body, {k.replace("_", "-"): v for k, v in headers.items()}
            )
            response = connection.getresponse()
            return Answer(
                response.status,
                {name.lower(): value for name, value in response.getheaders()},
                response.read(),
            )
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.request("GET", path, **headers)

    def post(self, path: str, content: object, **headers: str) -> Answer:
        return self.request(
            "POST", path, json.dumps(content), **{"Content_Type": "application/json", **headers}
        )

    def metric(self, name: str) -> float:
        lines = self.get("/metrics").content.decode().splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(name))


@contextmanager
def running(
    make_classifier: Callable[[], EmotionClassifier],
    tracing: Tracing | NoTracing | None = None,
    **options: Any,
) -> Iterator[RunningServer]:
    config = ServerConfig(port=0, **options)
    service = make_service(config, make_classifier)
    listener = listen(config.host, config.port)
    web = DrainingServer(web_config(make_app(service, tracing or NoTracing()), config), service)
    thread = threading.Thread(target=web.run, args=([listener],))
    thread.start()
    try:
        until(lambda: web.started)
        host, port = listener.getsockname()
        yield RunningServer(host, port, service, web)
    finally:
        web.should_exit = True
        thread.join(TIMEOUT_S)
        assert not thread.is_alive()


def until(is_so: Callable[[], bool], timeout_s: float = TIMEOUT_S) -> None:
    """Wait for something to become true."""
    end_s = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < end_s, "waited in vain"
        time.sleep(0.005)


@dataclass
class ScriptedClassifier:
    """The tiny model, with something that happens before each batch."""

    classifier: EmotionClassifier
    before: Callable[[Sequence[TokenizedText]], None] = lambda _: None
    batches: list[Sequence[TokenizedText]] = field(default_factory=list)

    @property
    def artifact(self) -> ModelArtifact:
        return self.classifier.artifact

    @property
    def labels(self) -> Sequence[str]:
        return self.classifier.labels

    def tokenize(self, texts: Sequence[str]) -> list[TokenizedText]:
        return self.classifier.tokenize(texts)

    def warnings(self, tokenized: Sequence[TokenizedText]) -> list[list[str]]:
        return self.classifier.warnings(tokenized)

    def outputs(self, tokenized: Sequence[TokenizedText], token_budget: int = 1024) -> FloatArray:
        self.batches.append(tokenized)
        self.before(tokenized)
        return self.classifier.outputs(tokenized, token_budget)

    def predict_logits(self, texts: Sequence[str]) -> FloatArray:
        return self.outputs(self.tokenize(texts))[:, : len(self.labels)]


@pytest.fixture
def scripted(tiny: EmotionClassifier) -> ScriptedClassifier:
    return ScriptedClassifier(tiny)


@pytest.fixture(scope="module")
def server(tiny: EmotionClassifier) -> Generator[RunningServer, None, None]:
    """A server with nothing special about it."""
    with running(lambda: tiny) as server:
        yield server


@dataclass
class Gate:
    """Holds batches until it is opened."""

    is_open: threading.Event = field(default_factory=threading.Event)
    n_held: int = 0

    def __call__(self, _: Sequence[TokenizedText]) -> None:
        self.n_held += 1
        assert self.is_open.wait(TIMEOUT_S)


@pytest.fixture
def gate() -> Generator[Gate, None, None]:
    gate = Gate()
    yield gate
    gate.is_open.set()
