import json

import pytest

from emoticare.classifier import load
from emoticare.cli.runs import tell_downloads
from emoticare.model.artifact import load_artifact

LABELS = ("account", "billing", "delivery", "praise", "technical")


def test_a_model_has_the_labels_of_its_data_in_their_order(ticket_model):
    assert load_artifact(ticket_model).config.labels == LABELS


def test_predict_speaks_of_the_users_own_labels(emoticare, ticket_model):
    answer = emoticare("predict", "--model", ticket_model, "Where is my parcel?")
    assert answer.code == 0
    assert tuple(json.loads(answer.out)["scores"]) == LABELS


def test_few_steps_are_pointed_out(ticket_run):
    stderr = (ticket_run / "stderr.txt").read_text(encoding="utf-8")
    assert "33 training texts, 1 epoch and batches of 16 make 3 steps" in stderr
    assert "official" not in stderr


def test_the_label_set_other_columns_and_own_splits_are_followed(
    emoticare, tiny_base, tickets, tmp_path
):
    lines = tickets.read_text(encoding="utf-8").splitlines()[1:]
    for name, rows in {"a": lines[::2], "b": lines[1::4], "c": lines[3::4]}.items():
        content = ["body,topics", *(row.replace("|", ";") for row in rows)]
        (tmp_path / f"{name}.csv").write_text("\n".join(content) + "\n", encoding="utf-8")
    (tmp_path / "labels.txt").write_text("\n".join(reversed(LABELS)) + "\n", encoding="utf-8")
    data = (
        *("--data", tmp_path / "a.csv"),
        *("--validation", tmp_path / "b.csv"),
        *("--test", tmp_path / "c.csv"),
        *("--text-column", "body", "--labels-column", "topics", "--delimiter", ";"),
    )
    trained = emoticare(
        *("train", *data, "--labels", tmp_path / "labels.txt", "--out", tmp_path / "run"),
        *("--preset", "distilbert", "--base", tiny_base, "--epochs", 1),
    )
    assert trained.code == 0, trained.err
    classifier = load(tmp_path / "run" / "model")
    assert classifier.labels == tuple(reversed(LABELS))
    scored = emoticare("evaluate", *data, "--model", tmp_path / "run" / "model")
    assert scored.code == 0, scored.err
    assert "10 texts of test" in scored.out


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (["--labels-column", "label"], 1, "Did you mean 'labels'?"),
        (["--data", "nowhere.csv"], 1, "found nothing"),
        (["--labels", "nowhere.txt"], 1, "nowhere.txt"),
        (["--test", "test.csv"], 2, "both validation and test"),
        (["--text-column", "labels"], 2, "two columns"),
        (["--preset", "large"], 2, "Presets: distilbert"),
        (["--on-problem", "ask"], 2, "--on-problem"),
        (["--base", "."], 1, "could not be loaded"),
    ],
)
def test_a_wrong_option_is_one_message_and_no_traceback(
    emoticare, tickets, tmp_path, options, code, told
):
    answer = emoticare("train", "--data", tickets, "--out", tmp_path / "run", *options)
    assert answer.code == code
    assert told in answer.err
    assert "Traceback" not in answer.err
    assert not answer.out


def test_problems_stop_or_are_dropped(emoticare, tiny_base, tickets, tmp_path):
    rows = tickets.read_text(encoding="utf-8") + "Only once.,rare\n,billing\n"
    (tmp_path / "odd.csv").write_text(rows, encoding="utf-8")
    command = (
        *("train", "--data", tmp_path / "odd.csv", "--out", tmp_path / "run", "--base", tiny_base),
        *("--preset", "distilbert", "--epochs", 1),
    )
    stopped = emoticare(*command)
    assert stopped.code == 1
    assert "line 43: an empty text" in stopped.err
    dropped = emoticare(*command, "--on-problem", "drop")
    assert dropped.code == 0, dropped.err
    assert "warning: Left out 1" in dropped.err
    assert load_artifact(tmp_path / "run" / "model").config.labels == LABELS


@pytest.fixture
def no_network(monkeypatch):
    """Let nothing connect."""

    def refuse(*_):
        raise OSError("no network in this test")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)


@pytest.mark.usefixtures("no_network")
def test_the_embedded_base_needs_no_download(emoticare, tickets, tmp_path):
    trained = emoticare(
        *("train", "--data", tickets, "--base", "embedded", "--out", tmp_path / "run"),
        *("--epochs", 1, "--batch-size", 16),
    )
    assert trained.code == 0, trained.err
    assert "from the Hugging Face hub" not in trained.err
    assert "step 2 of 2" in trained.err
    artifact = load_artifact(tmp_path / "run" / "model")
    assert artifact.config.labels == LABELS
    assert artifact.config.provenance["preset"]["base"] == "embedded"
    # As slim as the package's own.
    own = load_artifact()
    assert abs(len(artifact.graph) - len(own.graph)) < len(own.graph) / 100
    assert artifact.config.provenance["base_sha256"] == own.digest


@pytest.mark.usefixtures("no_network")
def test_what_would_be_downloaded_is_named(emoticare, tickets, tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    answer = emoticare("train", "--data", tickets, "--out", tmp_path / "run")
    assert answer.code == 1
    assert (
        "the base sentence-transformers/all-MiniLM-L6-v2 comes from the Hugging Face hub, or from "
        "its cache on this machine; --base embedded needs no download." in answer.err
    )


def test_without_data_the_data_is_named_too(capsys, tmp_path):
    tell_downloads(str(tmp_path), None)
    assert "google-research-datasets/go_emotions comes from" in capsys.readouterr().err
    tell_downloads("runs/wide-0/hf", tmp_path)
    tell_downloads("embedded", tmp_path)
    assert capsys.readouterr().err == ""
