"""SIGHUP: new keys, another policy, other thresholds; and what happens to a bad file."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from websockets.sync.client import connect

from emoticare.labels import LABELS
from emoticare.model.overlay import Overlay
from emoticare.stages.decision import Thresholds

from .conftest import TIMEOUT_S, until
from .processes import Clients, ServerProcess, log_lines, serving

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")

JSON = {"Content-Type": "application/json"}
AT_A_TERMINAL = """
import fcntl, runpy, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
sys.argv = sys.argv[1:]
runpy.run_module("emoticare", run_name="__main__")
"""
POLICY = """
schema = 1
name = "{}"

[categories.gloom]
emotions = ["sadness"]
flag = 0.5
reason = "It reads as sad"
"""


@dataclass
class Files:
    """The files of a server's settings."""

    folder: Path
    model: str

    @property
    def options(self) -> list[str]:
        names = {"--api-keys-file": "keys", "--policy": "policy", "--overlay": "overlay"}
        return [x for flag, name in names.items() for x in (flag, str(self.folder / name))]

    def write(self, keys: str, policy: str, threshold: float) -> None:
        (self.folder / "keys").write_text(keys)
        (self.folder / "policy").write_text(POLICY.format(policy))
        shared = dict.fromkeys(LABELS, threshold)
        ones, zeros = dict.fromkeys(LABELS, 1.0), dict.fromkeys(LABELS, 0.0)
        overlay = Overlay(
            Thresholds(threshold, shared), ones, zeros, model=self.model, objective="f1"
        )
        (self.folder / "overlay").write_bytes(overlay.to_bytes())


@pytest.fixture
def files(tmp_path, tiny_artifact) -> Files:
    files = Files(tmp_path, tiny_artifact.digest)
    files.write("first\n", "one", threshold=0)
    return files


def ask(server: ServerProcess, method: str, path: str, content=None, key="first"):
    """Return the status and the answer."""
    with server.connection() as connection:
        headers = {**JSON, "Authorization": f"Bearer {key}"}
        connection.request(method, path, content and json.dumps(content), headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def hang_up(server: ServerProcess, message: str) -> dict:
    """Send SIGHUP, and return what is logged about it."""
    n_before = len(server.output)
    server.process.send_signal(signal.SIGHUP)

    def told() -> list[dict]:
        lines = [json.loads(line) for line in server.output[n_before:]]
        return [line for line in lines if line["message"].startswith(message)]

    until(told)
    return told()[0]


def test_new_settings_lose_no_request(tiny_model_folder, files):
    with serving(tiny_model_folder, *files.options) as server:
        clients = Clients(server, opens_anew=False, Authorization="Bearer first")
        url = f"{server.url.replace('http', 'ws')}/v1/stream"
        with (
            clients.asking(),
            connect(url, additional_headers={"Authorization": "Bearer first"}) as stream,
        ):
            before = ask(server, "GET", "/info")[1]
            assert before["thresholds"]["joy"] == 0
            assert ask(server, "GET", "/info", key="second")[0] == 401
            files.write("first\nsecond\n", "two", threshold=1)
            line = hang_up(server, "settings reloaded")
            assert (line["api_keys"], line["policy"]) == (2, "two")
            status, after = ask(server, "GET", "/info", key="second")
            assert (status, after["thresholds"]["joy"]) == (200, 1)
            assert after["model_sha"] == line["model"] != before["model_sha"]
            result = ask(server, "POST", "/v1/emotions", {"text": "so happy"})[1]
            assert (result["model"], result["results"][0]["labels"]) == (line["model"], [])
            assert ask(server, "POST", "/v1/moderations", {"input": "no"})[1]["policy"] == "two"
            stream.send('{"text": "so happy"}')  # it goes on with what it began with
            assert len(json.loads(stream.recv(timeout=TIMEOUT_S))["labels"]) == len(LABELS)
            n_answered = len(clients.statuses)
            until(lambda: len(clients.statuses) > n_answered + 10)
        assert server.metric("emoticare_ready") == 1
        assert clients.lost == []
        assert set(clients.statuses) == {200}
        assert server.stop() == 0


def test_a_bad_file_changes_nothing(tiny_model_folder, files):
    bad = {"keys": "", "policy": "schema = 1\nname = 3", "overlay": "{", "nothing": None}
    with serving(tiny_model_folder, *files.options) as server:
        before = ask(server, "GET", "/info")
        for name, content in bad.items():
            files.write("second\n", "two", threshold=1)
            if content is None:
                (files.folder / "policy").unlink()
            else:
                (files.folder / name).write_text(content)
            line = hang_up(server, "settings not reloaded, the former ones stay")
            assert line["level"] == "error"
            assert str(files.folder) in line["message"]
            assert ask(server, "GET", "/info") == before
            assert ask(server, "POST", "/v1/moderations", {"input": "no"})[1]["policy"] == "one"
        files.write("second\n", "two", threshold=1)
        hang_up(server, "settings reloaded")
        assert ask(server, "GET", "/info")[0] == 401
        assert server.stop() == 0
    assert not any("exception" in line for line in log_lines(server))


def test_a_terminal_is_told_where_and_its_end_stops_the_server(tiny_model_folder):
    ours, theirs = pytest.importorskip("pty").openpty()
    arguments = ["emoticare", "serve", "--port", "0", "--model", str(tiny_model_folder)]
    command = [sys.executable, "-c", AT_A_TERMINAL, *arguments]
    with subprocess.Popen(command, stdin=theirs, stderr=theirs, start_new_session=True) as process:
        try:
            os.close(theirs)
            with os.fdopen(ours, "rb", buffering=0) as terminal:
                line = terminal.readline().decode()
                url = line.split()[2].rstrip(",")
                assert line.strip() == f"EmotiCare at {url}, Ctrl-C stops"
                server = ServerProcess(process, [f"listening on {url}"])
                until(lambda: server.status() == 200)
                assert ask(server, "GET", "/nowhere")[0] == 404
                told = terminal.readline().decode()
                assert " info request " in told
                assert " route=unmatched status=404 " in told
            assert process.wait(TIMEOUT_S) == 0
        finally:
            process.kill()
