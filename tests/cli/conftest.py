"""The command line run in this process, and a model trained by it on a user's own labels."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from emoticare.classifier import EmotionClassifier
from emoticare.cli.app import app, main

TICKETS = Path(__file__).parents[2] / "docs" / "tutorial" / "tickets.csv"
TICKET_LABELS = ("account", "billing", "delivery", "praise", "technical")


@dataclass(frozen=True)
class Answer:
    """What a command left behind."""

    code: int
    out: str
    err: str


Command = Callable[..., Answer]


@pytest.fixture
def emoticare(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs a command as `main` does, and says with which code it exits and what it prints."""

    def run(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["emoticare", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main()
        printed = capsys.readouterr()
        return Answer(int(stop.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture(scope="session")
def tickets() -> Path:
    """40 invented lines with labels of their own, some with two."""
    return TICKETS


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DistilBERT of random weights that knows the words of the tickets."""
    import torch
    from transformers import BertTokenizerFast, DistilBertConfig, DistilBertModel

    folder = tmp_path_factory.mktemp("tiny-base")
    words = sorted(set(TICKETS.read_text(encoding="utf-8").lower().replace(",", " ").split()))
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(0)
    config = DistilBertConfig(
        vocab_size=len(vocabulary),
        dim=32,
        hidden_dim=64,
        n_layers=2,
        n_heads=4,
        max_position_embeddings=48,
    )
    DistilBertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def ticket_run(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of `emoticare train` on the tickets, with a seed that is not 0."""
    out = tmp_path_factory.mktemp("ticket-run")
    options = {
        "data": TICKETS,
        "out": out,
        "preset": "distilbert",
        "base": tiny_base,
        "epochs": 1,
        "seed": 3,
    }
    given = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    answer = CliRunner().invoke(app, ["train", *given], catch_exceptions=False)
    assert answer.exit_code == 0, answer.stderr
    assert "macro_f1" in answer.stdout
    (out / "stderr.txt").write_text(answer.stderr, encoding="utf-8")
    return out


@pytest.fixture(scope="session")
def ticket_model(ticket_run: Path) -> Path:
    """The folder of the model trained on the tickets."""
    return ticket_run / "model"


@pytest.fixture(scope="session")
def context_model(
    tiny_with_context: EmotionClassifier, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The folder of the tiny model that reads replies with what was said before them."""
    folder = tmp_path_factory.mktemp("tiny-with-context") / "model"
    tiny_with_context.artifact.save(folder)
    return folder
