"""`emoticare push` and `load` against a stand-in for the hub that speaks its HTTP interface."""

import base64
import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

import emoticare
from emoticare.errors import ArtifactError, MissingExtraError
from emoticare.export.huggingface import hf_files
from emoticare.model.artifact import ModelArtifact
from emoticare.model.hugging_face import READ

TOKEN = "hf_a_token_for_tests"
REPO = "me/emoticare"
COMMIT = "c" * 40


@dataclass
class Hub:
    """What the stand-in was asked and told.

    Attributes:
        url: Where it listens.
        missing: What it calls a file that it has not.
        failing: Beginning of the paths that it answers with `status`.
        status: See `failing`.
        requests: Method and path of every request.
        tokens: Every Authorization header.
        created: Bodies of the requests that create a repository.
        objects: Uploaded large files by SHA-256 sum.
        committed: Files of the commits, by path.
    """

    url: str = ""
    missing: str = "EntryNotFound"
    failing: str = "never"
    status: int = 500
    requests: list[str] = field(default_factory=list)
    tokens: set[str | None] = field(default_factory=set)
    created: list[dict[str, Any]] = field(default_factory=list)
    objects: dict[str, bytes] = field(default_factory=dict)
    committed: dict[str, bytes] = field(default_factory=dict)

    def answer(self, path: str, body: bytes) -> object:
        if path == "/api/repos/create":
            self.created.append(json.loads(body))
            return {"url": f"{self.url}/{REPO}"}
        if path == "/api/validate-yaml":
            return {"errors": [], "warnings": []}
        if path == f"/api/models/{REPO}/preupload/main":
            return {"files": [self._mode(file) for file in json.loads(body)["files"]]}
        if path == f"/{REPO}.git/info/lfs/objects/batch":
            objects = json.loads(body)["objects"]
            return {"transfer": "basic", "objects": [self._action(entry) for entry in objects]}
        if path.startswith("/lfs/"):
            self.objects[path.removeprefix("/lfs/")] = body
            return {}
        if path == f"/api/models/{REPO}/commit/main":
            self._commit([json.loads(line) for line in body.splitlines()])
            return {
                "success": True,
                "commitOid": "0" * 40,
                "commitUrl": f"{self.url}/{REPO}/commit/0",
            }
        raise LookupError(path)

    @staticmethod
    def _mode(file: dict[str, Any]) -> dict[str, Any]:
        is_large = file["path"].endswith((".onnx", ".safetensors"))
        mode = "lfs" if is_large else "regular"
        return {"path": file["path"], "uploadMode": mode, "shouldIgnore": False}

    def _action(self, entry: dict[str, Any]) -> dict[str, Any]:
        upload = {"href": f"{self.url}/lfs/{entry['oid']}"}
        return {**entry, "authenticated": True, "actions": {"upload": upload}}

    def _commit(self, lines: list[dict[str, Any]]) -> None:
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                self.committed[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                self.committed[value["path"]] = self.objects[value["oid"]]


class Handler(BaseHTTPRequestHandler):
    hub: ClassVar[Hub]
    protocol_version = "HTTP/1.1"

    def _handle(self) -> None:
        path = self.path.partition("?")[0]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.hub.requests.append(f"{self.command} {path}")
        self.hub.tokens.add(self.headers.get("Authorization"))
        try:
            failed = path.startswith(self.hub.failing)
            answer = {"error": "refused by the stand-in"} if failed else self.hub.answer(path, body)
            status = self.hub.status if failed else 200
        except LookupError:
            status, answer = 404, {"error": "not part of the stand-in"}
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if status == 404:
            self.send_header("X-Error-Code", self.hub.missing)
            self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def do_GET(self) -> None:
        name = self.path.partition("?")[0].removeprefix(f"/{REPO}/resolve/").partition("/")[2]
        if name in self.hub.committed and not self.path.startswith(self.hub.failing):
            self._send_file(name)
        else:
            self._handle()

    def _send_file(self, name: str) -> None:
        content = self.hub.committed[name]
        self.hub.requests.append(f"{self.command} {name}")
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        self._handle()

    def do_PUT(self) -> None:
        self._handle()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("HandlerOfHub", (Handler,), {"hub": hub}))
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield hub
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def environment(hub: Hub, tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    return kept | {
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(tmp_path / "hf-home"),
        "HF_HUB_DISABLE_XET": "1",  # the stand-in speaks the plain large-file protocol
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_TOKEN": TOKEN,
        "NO_PROXY": "127.0.0.1",
    }


def push(environment: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "emoticare", "push", *options]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def small_model(random_artifact: ModelArtifact, tmp_path: Path) -> Path:
    random_artifact.save(tmp_path / "model")
    return tmp_path / "model"


def test_the_default_is_a_dry_run(
    hub: Hub, environment: dict[str, str], small_model: Path, random_artifact: ModelArtifact
) -> None:
    done = push(environment, REPO, "--model", str(small_model))
    assert done.returncode == 0, done.stderr
    assert "nothing was uploaded" in done.stderr
    contents = hf_files(random_artifact, model_id=REPO)
    expected = [f"{len(content):,} bytes {name}" for name, content in contents.items()]
    assert [" ".join(line.split()) for line in done.stdout.splitlines()] == expected
    assert hub.requests == []


def test_upload(
    hub: Hub, environment: dict[str, str], small_model: Path, random_artifact: ModelArtifact
) -> None:
    done = push(environment, REPO, "--model", str(small_model), "--private", "--yes")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"{hub.url}/{REPO}"
    (created,) = hub.created
    assert (created["organization"], created["name"]) == ("me", "emoticare")
    assert created.get("private") is True or created.get("visibility") == "private"
    assert hub.tokens - {None} == {f"Bearer {TOKEN}"}
    assert hub.committed == hf_files(random_artifact, model_id=REPO)
    assert all(hashlib.sha256(content).hexdigest() == oid for oid, content in hub.objects.items())
    assert len(hub.objects) == 4


@pytest.mark.parametrize(
    ("failing", "status"),
    [
        ("/api/repos/create", 401),
        ("/api/repos/create", 500),
        (f"/api/models/{REPO}/commit", 403),
        ("/lfs/", 400),
    ],
)
def test_a_hub_that_refuses(
    hub: Hub, environment: dict[str, str], small_model: Path, failing: str, status: int
) -> None:
    hub.failing, hub.status = failing, status
    done = push(environment, REPO, "--model", str(small_model), "--yes")
    assert done.returncode == 1
    assert_one_clear_error(done)
    assert hub.committed == {}


def test_no_hub_at_all(environment: dict[str, str], small_model: Path) -> None:
    environment["HF_ENDPOINT"] = "http://127.0.0.1:9"
    done = push(environment, REPO, "--model", str(small_model), "--yes")
    assert done.returncode == 1
    assert_one_clear_error(done)


def test_no_token(hub: Hub, environment: dict[str, str], small_model: Path) -> None:
    del environment["HF_TOKEN"]
    hub.failing, hub.status = "/api/repos/create", 401
    done = push(environment, REPO, "--model", str(small_model), "--yes")
    assert done.returncode == 1
    assert_one_clear_error(done)


def assert_one_clear_error(done: subprocess.CompletedProcess[str]) -> None:
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("emoticare: The model"))
    assert f"could not be uploaded to {REPO}" in line
    assert "hf auth login" in line
    assert TOKEN not in done.stderr
    assert "Traceback" not in done.stderr


LOAD = """
import sys
import emoticare
print(emoticare.load(sys.argv[1]).artifact.digest)
"""


def load(environment: dict[str, str], name: str = REPO) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LOAD, name]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_what_was_pushed_is_loaded_and_then_read_from_the_cache(
    hub: Hub,
    environment: dict[str, str],
    random_artifact: ModelArtifact,
) -> None:
    hub.committed = hf_files(random_artifact, model_id=REPO)
    done = load(environment)
    assert done.stdout.split() == [random_artifact.digest], done.stderr
    fetched = {line.partition(" ")[2] for line in hub.requests if line.startswith("GET ")}
    # Neither the card nor graphs, which are not read.
    assert fetched == set(READ)
    hub.requests.clear()
    again = load(environment | {"HF_HUB_OFFLINE": "1"})
    assert again.stdout.split() == [random_artifact.digest], again.stderr
    assert hub.requests == []


def test_a_repository_without_the_companion_is_read_in_float32(
    hub: Hub, environment: dict[str, str], random_artifact: ModelArtifact
) -> None:
    hub.committed = hf_files(random_artifact, model_id=REPO)
    del hub.committed[READ[-1]]
    done = load(environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() != [random_artifact.digest]
    again = load(environment | {"HF_HUB_OFFLINE": "1"})
    assert again.stdout == done.stdout, again.stderr


def test_a_connection_that_breaks_does_not_change_scores(
    hub: Hub, environment: dict[str, str], random_artifact: ModelArtifact
) -> None:
    hub.committed = hf_files(random_artifact, model_id=REPO)
    hub.failing, hub.status = f"/{REPO}/resolve/{COMMIT}/{READ[-1]}", 403
    done = load(environment)
    assert "could not be had from the Hugging Face hub" in done.stderr


@pytest.mark.parametrize("offline", ["0", "1"])
def test_a_repository_that_is_not_there(
    hub: Hub, environment: dict[str, str], offline: str
) -> None:
    hub.missing = "RepoNotFound"
    done = load(environment | {"HF_HUB_OFFLINE": offline})
    assert "ArtifactError: Expected a model at me/emoticare, found no such folder" in done.stderr
    assert "Check the name and the connection" in done.stderr


def test_a_folder_comes_before_the_hub(
    hub: Hub, tmp_path: Path, random_artifact: ModelArtifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    random_artifact.save(tmp_path / REPO)
    monkeypatch.chdir(tmp_path)
    assert emoticare.load(REPO).artifact == random_artifact
    assert hub.requests == []


def test_without_the_package_both_ways_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "huggingface_hub"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    message = r"no folder me/emoticare, and loading it from .* hub needs .*emoticare\[export\]"
    with pytest.raises(MissingExtraError, match=message):
        emoticare.load(REPO)


@pytest.mark.parametrize(
    "name", ["nowhere", "a/b/c", "../x", "/a/b", "a/..", "-a/b", "./a", "a/b/"]
)
def test_a_path_is_not_asked_for(name: str) -> None:
    with pytest.raises(ArtifactError, match=r"found no folder at|not an EmotiCare model"):
        emoticare.load(name)
