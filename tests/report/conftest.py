"""Tables with times and groups, and reports of them by the tiny model."""

import csv
from pathlib import Path

import numpy as np
import pytest

from emoticare.labels import LABELS
from emoticare.model.artifact import ModelArtifact
from emoticare.report import Report, ReportSettings, make_report

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
TEXTS = (
    "i am so happy and so proud of you all",
    "what an awful day, i hate this so much",
    "the cat and the dog are at home again",
    "thank you so much for the great music",
    f"so sad about this {HOSTILE} thing",
)


def write_table(path: Path, rows: int = 400, *, scored: bool = False) -> Path:
    """Return a table of `rows` rows over a year; scored, its first emotion rises half-way."""
    chance = np.random.default_rng(0)
    with path.open("w", encoding="utf-8", newline="") as sink:
        writer = csv.writer(sink)
        scores = [f"emotion_score_{label}" for label in LABELS] if scored else []
        writer.writerow(["text", "when", "team", *scores])
        for row in range(rows):
            day = np.datetime64("2024-01-01") + np.timedelta64(row * 365 // rows, "D")
            made = chance.beta(0.2, 3, len(LABELS))
            made[0] = chance.random() < (0.1 if row < rows / 2 else 0.6)
            team = ("red", "=blue", f"team {HOSTILE}")[row % 3]
            values = [f"{value:.6f}" for value in made] if scored else []
            writer.writerow([TEXTS[row % 5], f"{day}T12:00:00Z", team, *values])
    return path


@pytest.fixture(scope="session")
def settings() -> ReportSettings:
    return ReportSettings(time_column="when", group_column="team", threshold=0.5)


@pytest.fixture(scope="session")
def scored_table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_table(tmp_path_factory.mktemp("scored") / "scored.csv", 2000, scored=True)


@pytest.fixture(scope="session")
def report(scored_table: Path, settings: ReportSettings, tiny_artifact: ModelArtifact) -> Report:
    """Of rows that were scored before."""
    return make_report([str(scored_table)], settings, model=tiny_artifact)
