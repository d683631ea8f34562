"""Several processes on one socket: what they lose, and what adds up."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from .conftest import TIMEOUT_S, until
from .processes import Clients, ServerProcess, log_lines, serving
from .test_key_store import table
from .test_reloading import JSON, ask, files  # noqa: F401 - a fixture

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")

TWO = ("--processes", "2")
N_CLIENTS = 8


def n_logged(server: ServerProcess, message: str) -> int:
    return sum(message in line for line in server.output)


def until_logged(server: ServerProcess, message: str, n: int = 2) -> None:
    until(lambda: n_logged(server, message) >= n)


def pids(server: ServerProcess) -> list[int]:
    with server.connection() as connection:
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
    return [int(pid) for pid in re.findall(r'process_start_time_seconds\{pid="(\d+)"', text)]


def test_a_killed_process_loses_only_what_it_answered_and_is_replaced(tiny_model_folder):
    with serving(tiny_model_folder, *TWO) as server:
        until_logged(server, "a process serves")
        clients = Clients(server, opens_anew=False)
        with clients.asking():
            killed, other = pids(server)
            os.kill(killed, signal.SIGKILL)
            until_logged(server, "a process serves", 3)
            n_answered = len(clients.statuses)
            until(lambda: len(clients.statuses) > n_answered + 3 * N_CLIENTS)
            assert other in pids(server)
            assert killed not in pids(server)
        assert len(clients.lost) <= N_CLIENTS  # what each had under way, no more
        assert set(clients.statuses) == {200}
        # What the dead one counted stays; what it had under way does not.
        until(lambda: server.metric("http_server_active_requests") == 1)
        assert server.metric("emoticare_ready") == 1
        assert server.stop() == 0
    ended = [line for line in log_lines(server) if line["message"] == "a process has ended"]
    assert [(line["pid"], line["exit_code"]) for line in ended] == [(killed, -signal.SIGKILL)]
    assert not any("exception" in line for line in log_lines(server))


@pytest.mark.parametrize("opens_anew", [False, True])
def test_terminating_loses_no_accepted_request(tiny_model_folder, opens_anew):
    with serving(tiny_model_folder, *TWO, "--drain-delay-s", "0.3") as server:
        until_logged(server, "a process serves")
        clients = Clients(server, opens_anew=opens_anew)
        with clients.asking():
            # As service managers do, and terminals: to all of them.
            for pid in pids(server):
                os.kill(pid, signal.SIGINT)
                os.kill(pid, signal.SIGTERM)
            assert server.stop() == 0
    assert clients.lost == []
    assert set(clients.statuses) == {200}
    assert clients.n_refused > 0
    assert n_logged(server, "listening on") == n_logged(server, "stopped") == 1


def test_new_settings_lose_no_request(tiny_model_folder, files):  # noqa: F811
    with serving(tiny_model_folder, *files.options, *TWO) as server:
        until_logged(server, "a process serves")
        clients = Clients(server, opens_anew=False, Authorization="Bearer first")
        with clients.asking():
            for threshold in (0, 1) * 5:
                files.write("first\nsecond\n", "two", threshold)
                n_before = n_logged(server, "settings reloaded")
                server.process.send_signal(signal.SIGHUP)
                until_logged(server, "settings reloaded", n_before + 2)
            for _ in range(4):
                info = ask(server, "GET", "/info", key="second")[1]
                assert info["thresholds"]["joy"] == 1
            # Settings for all are read by one, so a bad file changes none of them; nor those of a
            # process that comes later.
            (files.folder / "overlay").write_text("{")
            server.process.send_signal(signal.SIGHUP)
            until_logged(server, "settings not reloaded", 1)
            n_before = n_logged(server, "a process serves")
            assert n_before == 2
        assert (clients.lost, set(clients.statuses)) == ([], {200})
        os.kill(pids(server)[0], signal.SIGTERM)
        until_logged(server, "a process serves", 3)
        for _ in range(4):
            assert ask(server, "GET", "/info")[1]["thresholds"]["joy"] == 1
        assert n_logged(server, "settings not reloaded") == 1
        assert server.stop() == 0


def test_what_is_counted_adds_up(tiny_model_folder, tmp_path):
    (tmp_path / "named").write_text(table("shop", "shop", requests_per_minute=4))
    options = ["--named-keys", str(tmp_path / "named"), "--dashboard", str(tmp_path / "counts")]
    with serving(tiny_model_folder, *options, *TWO) as server:
        until_logged(server, "a process serves")
        headers = {**JSON, "Authorization": "Bearer shop"}
        statuses = []
        with ExitStack() as kept:
            # Which the processes take by turns.
            connections = [kept.enter_context(server.connection()) for _ in range(4)]
            for connection in connections * 2:
                body = json.dumps({"texts": ["so happy", "no"]})
                connection.request("POST", "/v1/emotions", body, headers)
                response = connection.getresponse()
                response.read()
                statuses.append(response.status)
        assert statuses == [200] * 4 + [429] * 4
        route = 'http_server_request_duration_seconds_count{http_request_method="POST"'
        until(lambda: server.metric(route) == 8)
        assert server.metric("emoticare_key_requests_total") == 4
        assert server.metric("emoticare_key_refusals_total") == 4
        # A first text of each process is its own.
        assert server.metric("emoticare_queue_time_seconds_count") == 8 + 2
        assert server.metric("emoticare_build_info") == 1

        def n_on_dashboard() -> int:
            bins = ask(server, "GET", "/v1/dashboard", key="shop")[1]["bins"]
            return sum(one["texts"] for one in bins)

        until(lambda: n_on_dashboard() == 8)
        # Without a supervisor they end, too, and leave nothing behind.
        memory = Path(f"/proc/{pids(server)[0]}/maps")
        shared = re.findall(r"(/\S+)/board\n", memory.read_text()) if memory.exists() else []
        server.process.kill()
        until(lambda: server.status() == 0)
        until(lambda: not any(Path(folder).exists() for folder in shared))


def test_no_process_that_serves(tiny_model_folder, tmp_path):
    (tmp_path / "file").write_text("")
    options = ["--dashboard", str(tmp_path / "file" / "counts"), "--port", "0", *TWO]
    command = [sys.executable, "-m", "emoticare", "serve", "--model", str(tiny_model_folder)]
    done = subprocess.run(
        [*command, *options], capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert "Expected processes that serve, found none" in lines[-1]
    reasons = [json.loads(line)["message"] for line in lines[:-1]]
    assert any("Name another with --dashboard" in reason for reason in reasons)
