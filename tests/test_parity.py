"""Every way to the same feature gives the same numbers: Python, command line, server, files."""

import csv
import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from websockets.sync.client import connect

import emoticare
from emoticare.labels import LABELS, SENTIMENTS
from emoticare.meaning.conversation import Conversation
from emoticare.meaning.moderation import Moderator
from emoticare.report import ReportSettings, make_report
from emoticare.stages.groups import GROUPINGS, group_probabilities

from .server.conftest import RunningServer, running

TEXTS = [
    "I'm so proud of everything we've built together!",
    "This is really annoying, it is the third time I ask!",
    "I hate this, you make me sick!",
    "The train leaves at nine.",
    "Thank you so much 😊 but I'm still worried…",
    "Das ist ein ganz normaler Satz, den hier niemand versteht.",
]
LONG = " ".join(TEXTS)
# What a server gives is rounded.
DECIMALS = 6


@dataclass(frozen=True)
class Tools:
    """The ways."""

    clf: emoticare.EmotionClassifier
    server: RunningServer
    folder: Path

    def run(self, *arguments: object, stdin: str | None = None) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "emoticare", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def post(self, path: str, body: object):
        answer = self.server.post(path, body)
        assert answer.status == 200, answer.content
        return answer.json


@pytest.fixture(scope="module")
def tools(embedded, tmp_path_factory) -> Tools:
    folder = tmp_path_factory.mktemp("parity")
    with (folder / "texts.csv").open("w", encoding="utf-8", newline="") as sink:
        csv.writer(sink).writerows([["text"], *([text] for text in TEXTS)])
    with running(lambda: embedded, dashboard=folder / "counts.sqlite") as server:
        yield Tools(embedded, server, folder)


def lines(output: str) -> list[dict]:
    return [json.loads(line) for line in output.splitlines()]


def same(first: dict, second: dict) -> None:
    """Return the same names and, but for rounding, the same numbers."""
    assert first.keys() == second.keys()
    for name, value in first.items():
        assert value == pytest.approx(second[name], abs=10**-DECIMALS), name


def test_emotions(tools):
    expected = tools.clf.predict(TEXTS)
    from_command = lines(tools.run("predict", *TEXTS, "--format", "jsonl"))
    from_server = tools.post("/v1/emotions", {"texts": TEXTS})["results"]
    with connect(f"ws://{tools.server.host}:{tools.server.port}/v1/stream") as stream:
        from_stream = []
        for text in TEXTS:
            stream.send(json.dumps({"text": text}))
            from_stream.append(json.loads(stream.recv()))
    tools.run("score", tools.folder / "texts.csv", "--scores", "all", "-q", "-o",
              tools.folder / "scored.jsonl")  # fmt: skip
    from_file = lines((tools.folder / "scored.jsonl").read_text(encoding="utf-8"))
    for i, prediction in enumerate(expected):
        for found in (from_command[i], from_server[i], from_stream[i]):
            assert found["labels"] == prediction.labels
            assert found["warnings"] == prediction.warnings
            same(found["scores"], prediction.scores)
        assert from_file[i]["emotion_labels"] == prediction.labels
        same({label: from_file[i][f"emotion_score_{label}"] for label in LABELS}, prediction.scores)
    assert np.array_equal(
        tools.clf.predict_proba(TEXTS), np.array([list(p.scores.values()) for p in expected], "f4")
    )


def test_thresholds(tools):
    threshold = {"joy": 0.05, "annoyance": 0.05}
    expected = [p.labels for p in tools.clf.predict(TEXTS, threshold=threshold)]
    options = [part for k, v in threshold.items() for part in ("--threshold", f"{k}={v}")]
    from_command = lines(tools.run("predict", *TEXTS, *options, "--format", "jsonl"))
    from_server = tools.post("/v1/emotions", {"texts": TEXTS, "thresholds": threshold})["results"]
    assert [found["labels"] for found in from_command] == expected
    assert [found["labels"] for found in from_server] == expected


def test_groups(tools):
    probabilities = tools.clf.predict_proba(TEXTS)
    from_command = lines(tools.run("predict", *TEXTS, "--groups", "--format", "jsonl"))
    from_server = tools.post("/v1/emotions", {"texts": TEXTS, "groups": True})["results"]
    for name, grouping in GROUPINGS.items():
        expected = group_probabilities(
            probabilities, tools.clf.labels, name, tools.clf.artifact.config.fitted.exclusivity
        )
        for i, row in enumerate(expected):
            values = dict(zip(grouping, row.tolist(), strict=True))
            same(from_command[i]["groups"][name], values)
            same(from_server[i]["groups"][name], values)


def test_moderation(tools):
    expected = Moderator(tools.clf).moderate(TEXTS)
    from_command = lines(tools.run("moderate", *TEXTS, "--format", "jsonl"))
    from_server = tools.post("/v1/moderations", {"input": TEXTS})["results"]
    for i, verdict in enumerate(expected):
        assert from_command[i]["action"] == verdict.action
        assert from_command[i]["flagged"] == from_server[i]["flagged"] == verdict.flagged
        same(from_command[i]["category_scores"], verdict.category_scores)
        of_server = from_server[i]["category_scores"]  # OpenAI's categories are among them
        same({name: of_server[name] for name in verdict.category_scores}, verdict.category_scores)


def test_explanations(tools):
    expected = tools.clf.explain(TEXTS[0])
    from_command = json.loads(tools.run("explain", TEXTS[0], "--format", "json"))
    assert from_command.pop("text") == TEXTS[0]
    for part in (*from_command["words"], *from_command["sentences"]):
        assert part.pop("text", None) in (None, TEXTS[0][part["start"] : part["end"]])
    assert from_command == expected.to_json()
    before = tools.server.get("/v1/dashboard").json
    from_server = tools.post("/v1/explanations", {"text": TEXTS[0]})
    assert from_server["labels"] == expected.prediction.labels
    for found, word in zip(from_server["words"], expected.words, strict=True):
        assert (found["start"], found["end"]) == (word.start, word.end)
        assert found["effects"] == pytest.approx(word.effects, abs=1e-3)
    # What is scored to explain a text is nobody's text.
    assert tools.server.get("/v1/dashboard").json == before


def test_long_texts(tools):
    expected = tools.clf.read(LONG)
    (tools.folder / "long.txt").write_text(LONG, encoding="utf-8")
    (from_command,) = json.loads(tools.run("read", tools.folder / "long.txt", "--format", "json"))
    (from_server,) = tools.post("/v1/emotions", {"text": LONG, "spans": True})["results"]
    for found in (from_command, from_server):
        assert found["labels"] == expected.labels
        same(found["scores"], expected.scores)
        for sentence, other in zip(found["sentences"], expected.sentences, strict=True):
            assert (sentence["start"], sentence["end"]) == (other.start, other.end)
            assert sentence["labels"] == other.labels
            same(sentence["scores"], other.scores)


def test_conversations(tools):
    chat = Conversation(tools.clf)
    turns = [{"text": text, "speaker": "ann", "time": 60.0 * i} for i, text in enumerate(TEXTS)]
    expected = [chat.add(**turn) for turn in turns]
    stdin = "".join(json.dumps(turn) + "\n" for turn in turns)
    output = tools.run("converse", "-", "--from", "jsonl", "--format", "jsonl", stdin=stdin)
    from_server = tools.post("/v1/conversations", {"turns": turns})["turns"]
    for from_way in (lines(output), from_server):
        for found, event in zip(from_way, expected, strict=True):
            assert found["labels"] == event.labels
            same(found["scores"], event.scores)
            same(found["state"]["scores"], event.state.scores)


def test_reports_and_the_dashboard(tools):
    predictions = tools.clf.predict(TEXTS)
    expected = {label: sum(label in p.labels for p in predictions) for label in LABELS}
    expected |= {
        name: sum(bool(set(members) & set(p.labels)) for p in predictions)
        for name, members in SENTIMENTS.items()
    }
    report = make_report([str(tools.folder / "texts.csv")], ReportSettings(), model=None)
    assert {row["name"]: row["texts"] for row in report.summary.overall} == expected
    warnings = [warning for p in predictions for warning in p.warnings]
    assert report.summary.quality.warnings == Counter(warnings)
    figures = tools.folder / "figures"
    tools.run("report", tools.folder / "texts.csv", "-q", "--figures", figures, "-o",
              tools.folder / "report.html")  # fmt: skip
    with (figures / "emotions.csv").open(encoding="utf-8", newline="") as source:
        from_command = {row["name"]: int(row["texts"]) for row in csv.DictReader(source)}
    assert from_command == {label: expected[label] for label in LABELS}
    before = tools.server.get("/v1/dashboard").json["bins"]
    tools.post("/v1/emotions", {"texts": TEXTS})
    after = tools.server.get("/v1/dashboard").json["bins"]
    added = {
        name: sum(hour["counts"][name] for hour in after)
        - sum(hour["counts"][name] for hour in before)
        for name in expected
    }
    assert added == expected
