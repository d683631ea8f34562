"""The dashboard: counts of what is scored, kept in SQLite, never a text."""

import itertools
import json
import sqlite3
import subprocess
import sys
import threading

import numpy as np
import pytest
from websockets.sync.client import connect

from emoticare.errors import UsageError
from emoticare.labels import LABELS, SENTIMENTS
from emoticare.server.claims import Origin
from emoticare.server.dashboard import EmotionCounts, Question
from emoticare.server.errors import UnavailableError

from .conftest import running

HOUR_S = 3600
TEXTS = ["i love this so much kanarienvogel", "i hate this day", "the cat is at home"]


def on(*labels):
    return np.array([[label in labels for label in LABELS]])


@pytest.fixture
def counted(tiny, tmp_path):
    """A server that counts, and its file."""
    path = tmp_path / "counts" / "emotions.sqlite"
    with running(lambda: tiny, dashboard=path) as server:
        server.file = path
        yield server


def test_counts_are_by_hour_and_survive(tmp_path):
    path = tmp_path / "counts.sqlite"
    for _ in range(2):
        counts = EmotionCounts(path, LABELS)
        counts.add(on("joy", "love"), now_s=10 * HOUR_S + 5)
        counts.add(on("anger"), now_s=11 * HOUR_S)
        counts.add(on(), now_s=11 * HOUR_S + 1)
        counts.close()
    answer = EmotionCounts(path, LABELS).read(Question(5), now_s=12 * HOUR_S)
    first, second = answer["bins"]
    assert (answer["since"], answer["end"]) == (10 * HOUR_S, 13 * HOUR_S)
    assert (first["start"], first["texts"]) == (10 * HOUR_S, 2)
    assert (first["counts"]["joy"], first["counts"]["positive"]) == (2, 2)
    assert (second["start"], second["texts"]) == (11 * HOUR_S, 4)
    assert (second["counts"]["anger"], second["counts"]["negative"]) == (2, 2)


def test_two_servers_share_a_file(tmp_path):
    both = [EmotionCounts(tmp_path / "counts.sqlite", LABELS) for _ in range(2)]

    def add(counts):
        for _ in range(50):
            counts.add(on("joy"), now_s=HOUR_S)
            counts.read(Question(1), now_s=HOUR_S)

    threads = [threading.Thread(target=add, args=[counts]) for counts in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (hour,) = both[0].read(Question(2), now_s=HOUR_S)["bins"]
    assert hour["texts"] == hour["counts"]["joy"] == 100


def test_servers_in_processes_of_their_own_share_a_file(tmp_path):
    script = (
        "import sys; from pathlib import Path; import numpy as np\n"
        "from emoticare.server.dashboard import EmotionCounts\n"
        "counts = EmotionCounts(Path(sys.argv[1]), ['joy', 'anger'])\n"
        "for _ in range(50):\n"
        "    counts.add(np.array([[True, False]]), now_s=3600); counts._write()\n"
        "counts.close()\n"
    )
    path = tmp_path / "counts.sqlite"
    command = [sys.executable, "-c", script, str(path)]
    processes = [subprocess.Popen(command) for _ in range(3)]
    assert [process.wait(300) for process in processes] == [0, 0, 0]
    (hour,) = EmotionCounts(path, LABELS).read(Question(2), now_s=HOUR_S)["bins"]
    assert hour["texts"] == hour["counts"]["joy"] == 150


def test_hours_are_put_into_bins_beside_what_was_before(tmp_path):
    counts = EmotionCounts(tmp_path / "counts.sqlite", LABELS)
    for hour in range(1, 13):
        counts.add(on("joy"), now_s=hour * HOUR_S)
    counts.add(on("anger"), now_s=4 * HOUR_S)
    answer = counts.read(Question(6, step=3, before=4), now_s=12 * HOUR_S)
    assert [(one["start"], one["texts"]) for one in answer["bins"]] == [
        (7 * HOUR_S, 3),
        (10 * HOUR_S, 3),
    ]
    before = answer["before"]
    assert (before["hours"], before["texts"], before["counts"]["anger"]) == (4, 5, 1)
    counts.close()


def test_counts_are_told_apart_by_route_and_key(tmp_path):
    counts = EmotionCounts(tmp_path / "counts.sqlite", LABELS)
    origins = [Origin("/predict", "web"), Origin("/predict"), Origin("/v1/emotions", "shop")]
    counts.add(np.concatenate([on("joy"), on("anger"), on("joy")]), origins, now_s=HOUR_S)

    def found(**limits):
        answer = counts.read(Question(2, **limits), now_s=HOUR_S)
        assert answer["routes"] == ["/predict", "/v1/emotions"]
        assert answer["key_names"] == ["shop", "web"]
        return [(one["texts"], one["counts"]["joy"]) for one in answer["bins"]]

    assert found() == [(3, 2)]
    assert found(route="/predict") == [(2, 1)]
    assert found(key_name="shop") == [(1, 1)]
    assert found(key_name="") == [(1, 0)]
    assert found(route="/v1/emotions", key_name="web") == []
    assert found(key_name="'; DROP TABLE counts_by_origin; --") == []
    counts.close()


def test_a_file_that_cannot_be_written_costs_no_request(tmp_path):
    path = tmp_path / "counts.sqlite"
    counts = EmotionCounts(path, LABELS)
    other = sqlite3.connect(path, isolation_level=None)
    counts._database.execute("PRAGMA busy_timeout = 10")
    other.execute("BEGIN EXCLUSIVE")
    counts.add(on("joy"), now_s=HOUR_S)
    with pytest.raises(UnavailableError, match="locked"):
        counts.read(Question(2), now_s=HOUR_S)
    other.execute("ROLLBACK")
    other.close()
    (hour,) = counts.read(Question(2), now_s=HOUR_S)["bins"]
    assert hour["texts"] == 1
    counts.close()


def test_a_file_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("no database at all, only some notes of somebody " * 20)
    with pytest.raises(UsageError, match="--dashboard"):
        EmotionCounts(path, LABELS)


def test_every_route_is_counted_with_the_models_own_thresholds(counted, tiny):
    counted.post("/v1/emotions", {"texts": TEXTS, "thresholds": 0.99})
    counted.post("/predict", {"inputs": TEXTS[0]})
    counted.post("/v1/moderations", {"input": TEXTS})
    with connect(f"ws://{counted.host}:{counted.port}/v1/stream") as stream:
        stream.send(json.dumps({"text": TEXTS[1]}))
        stream.recv()
    answer = counted.get("/v1/dashboard?hours=2").json
    (hour,) = answer["bins"]
    assert answer["routes"] == ["/predict", "/v1/emotions", "/v1/moderations", "/v1/stream"]
    (streamed,) = counted.get("/v1/dashboard?hours=2&route=/v1/stream").json["bins"]
    assert streamed["texts"] == 1
    scored = [*TEXTS, TEXTS[0], *TEXTS, TEXTS[1]]
    predicted = tiny.predict(scored)
    assert hour["texts"] == len(scored)
    for label in LABELS:
        assert hour["counts"][label] == sum(label in p.labels for p in predicted)
    for name, members in SENTIMENTS.items():
        assert hour["counts"][name] == sum(bool(set(members) & set(p.labels)) for p in predicted)


def test_no_text_is_kept(counted):
    for text, path in itertools.product(
        TEXTS, ("/v1/emotions", "/v1/dashboard?hours=kanarienvogel")
    ):
        answer = counted.post(path, {"text": text})
        assert b"kanarien" not in counted.get(path).content
        assert answer.status in (200, 405)
    counted.get("/v1/dashboard")
    for file in counted.file.parent.iterdir():
        assert b"kanarien" not in file.read_bytes()


def test_without_the_option_there_is_none(server):
    assert server.get("/dashboard").status == server.get("/v1/dashboard").status == 404
    assert server.get("/info").json["dashboard"] is False


def test_with_keys_the_counts_need_one_and_the_page_does_not(tiny, tmp_path):
    with running(lambda: tiny, dashboard=tmp_path / "c.sqlite", api_keys=("secret",)) as server:
        assert server.get("/v1/dashboard").status == 401
        assert server.get("/v1/dashboard", Authorization="Bearer secret").json["bins"] == []
        assert server.get("/dashboard").status == 200


def test_schemathesis_finds_nothing(counted, tmp_path):
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{counted.url}/openapi.json"]
    options = ["--include-path", "/v1/dashboard", "--max-examples", "30", "--seed", "0"]
    done = subprocess.run(
        [*command, *options, "--checks", "all", "--exclude-checks", "ignored_auth", "--no-color"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
