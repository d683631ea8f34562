"""The dashboard: counts of what is scored, kept in SQLite, never a text."""

import itertools
import json
import sqlite3
import subprocess
import sys
import threading

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from websockets.sync.client import connect

from emoticare.errors import UsageError
from emoticare.labels import LABELS, SENTIMENTS
from emoticare.server.dashboard import EmotionCounts
from emoticare.server.errors import UnavailableError

from .conftest import running
from .test_page import SCREENSHOTS
from .visits import LOOKS, Visit

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
    first, second = EmotionCounts(path, LABELS).by_hour(5, now_s=12 * HOUR_S)
    assert (first["start"], first["texts"]) == (10 * HOUR_S, 2)
    assert (first["counts"]["joy"], first["counts"]["positive"]) == (2, 2)
    assert (second["start"], second["texts"]) == (11 * HOUR_S, 4)
    assert (second["counts"]["anger"], second["counts"]["negative"]) == (2, 2)


def test_two_servers_share_a_file(tmp_path):
    both = [EmotionCounts(tmp_path / "counts.sqlite", LABELS) for _ in range(2)]

    def add(counts):
        for _ in range(50):
            counts.add(on("joy"), now_s=HOUR_S)
            counts.by_hour(1, now_s=HOUR_S)

    threads = [threading.Thread(target=add, args=[counts]) for counts in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (hour,) = both[0].by_hour(2, now_s=HOUR_S)
    assert hour["texts"] == hour["counts"]["joy"] == 100


def test_a_file_that_cannot_be_written_costs_no_request(tmp_path):
    path = tmp_path / "counts.sqlite"
    counts = EmotionCounts(path, LABELS)
    other = sqlite3.connect(path, isolation_level=None)
    counts._database.execute("PRAGMA busy_timeout = 10")
    other.execute("BEGIN EXCLUSIVE")
    counts.add(on("joy"), now_s=HOUR_S)
    with pytest.raises(UnavailableError, match="locked"):
        counts.by_hour(2, now_s=HOUR_S)
    other.execute("ROLLBACK")
    other.close()
    (hour,) = counts.by_hour(2, now_s=HOUR_S)
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
    (hour,) = counted.get("/v1/dashboard?hours=2").json["hours"]
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
        assert server.get("/v1/dashboard", Authorization="Bearer secret").json == {"hours": []}
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


@pytest.mark.parametrize("look", LOOKS)
def test_the_page_shows_what_was_scored(browser, embedded, tmp_path, look):
    with running(lambda: embedded, dashboard=tmp_path / "counts.sqlite") as server:
        counts = server.service.counts
        now_s = counts.by_hour.__globals__["time"].time()
        chance = np.random.default_rng(0)
        usual = {"neutral": 0.35, "admiration": 0.1, "gratitude": 0.08, "annoyance": 0.07}
        rates = np.array([usual.get(label, 0.02) for label in LABELS])
        for hour in range(100):
            n_texts = int(40 + 30 * np.sin(hour / 4) + chance.integers(0, 9))
            counts.add(chance.random((n_texts, 28)) < rates, now_s=now_s - hour * HOUR_S)
        server.post("/v1/emotions", {"texts": TEXTS})
        n_texts = sum(hour["texts"] for hour in counts.by_hour(168))
        visit = Visit(browser, f"{server.url}/dashboard", **LOOKS[look])
        visit.page.wait_for_selector(f"body[data-texts='{n_texts}']")
        assert visit.page.locator("#course path.line").count() == 3
        found = Axe().run(visit.page)
        assert found.violations_count == 0, found.generate_report()
        width = visit.page.evaluate("document.documentElement.scrollWidth")
        assert width <= LOOKS[look]["viewport"]["width"]
        SCREENSHOTS.mkdir(exist_ok=True)
        visit.page.screenshot(path=SCREENSHOTS / f"dashboard-{look}.png", full_page=True)
        visit.faults = [fault for fault in visit.faults if not fault.startswith(server.url)]
        visit.close()
