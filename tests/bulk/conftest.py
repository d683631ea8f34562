"""Files to score, and `score_files` with the tiny model."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from score_tables import N_ROWS, TEXTS, write_csv

from emoticare.bulk import ScoreSettings, Summary, score_files
from emoticare.classifier import EmotionClassifier
from emoticare.model.artifact import ModelArtifact

Score = Callable[..., Summary]


@pytest.fixture
def score(tiny_artifact: ModelArtifact) -> Score:
    """Scores with the tiny model and small shards; further arguments as of `score_files`."""

    def run(
        inputs: Path | str | list[Path | str],
        output: Path | str,
        *,
        settings: dict[str, Any] | None = None,
        **arguments: Any,
    ) -> Summary:
        inputs = inputs if isinstance(inputs, list) else [inputs]
        chosen = ScoreSettings(**{"shard_rows": 8, **(settings or {})})
        arguments = {"model": tiny_artifact, **arguments}
        return score_files([str(path) for path in inputs], str(output), chosen, **arguments)

    return run


@pytest.fixture
def score_replies(score: Score, tiny_with_context: EmotionClassifier) -> Score:
    """Scores with the tiny model and the column "said", which holds what was said before."""

    def run(
        inputs: Path | str | list[Path | str],
        output: Path | str,
        *,
        settings: dict[str, Any] | None = None,
        **arguments: Any,
    ) -> Summary:
        chosen = {"context_column": "said", **(settings or {})}
        arguments = {"model": tiny_with_context.artifact, **arguments}
        return score(inputs, output, settings=chosen, **arguments)

    return run


@pytest.fixture
def replies(tmp_path: Path) -> Path:
    """A CSV file of replies, every fourth of which nothing was said before."""
    path = tmp_path / "replies.csv"
    said = ["you are sad", "", "why\nnot", "i love you"]
    rows = [[f"{i:03}", TEXTS[i % 5], said[i % 4]] for i in range(N_ROWS)]
    write_csv(path, rows, header=("id", "text", "said"))
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A clean CSV file."""
    path = tmp_path / "in.csv"
    write_csv(path, [[f"{i:03}", TEXTS[i % 5], str(i)] for i in range(N_ROWS)])
    return path


@pytest.fixture
def mixed_table(tmp_path: Path) -> Path:
    """A CSV file with 60 good rows and five bad ones between them."""
    path = tmp_path / "mixed.csv"
    write_csv(path, [[f"{i:03}", f"{TEXTS[i % 5]}\nfriend", str(i)] for i in range(N_ROWS)])
    lines = path.read_bytes().split(b"\n")
    bad = [
        b"a,so \xff happy,1",
        b"b,,2",
        b"c," + b"happy " * 170_000 + b",3",
        b"d,so,happy,4,5",
        b'e,"so happy" "no,6',
    ]
    # Between whole rows, each of which has two lines.
    for place, line in zip((1, 7, 31, 61, 121), bad, strict=True):
        lines.insert(place + bad.index(line), line)
    path.write_bytes(b"\n".join(lines))
    return path
