import csv
import json

import pytest

TEXTS = {
    "gratitude": ["Thank you so much!", "Thanks a lot for your help.", "I appreciate it, thanks"],
    "anger": ["I hate this so much", "What the hell is wrong with you", "This makes me furious"],
}


@pytest.fixture
def labels_file(tmp_path):
    path = tmp_path / "labels.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "labels"])
        for label, texts in TEXTS.items():
            writer.writerows([f"{text} {n}", label] for n in range(20) for text in texts)
    return path


def test_from_a_file_to_an_overlay_that_every_command_takes(emoticare, labels_file, tmp_path):
    out, report = tmp_path / "overlay.json", tmp_path / "report.json"
    options = ["--objective", "precision=0.8", "--out", out, "--json", report]
    answer = emoticare("tune", labels_file, *options)
    assert answer.code == 0, answer.err
    assert "gratitude" in answer.out
    assert "too few texts" in answer.out
    assert "Thank you" not in answer.out + answer.err
    figures = json.loads(report.read_text())
    assert figures["labels"]["gratitude"]["status"] == "tuned"
    threshold = json.loads(out.read_text())["thresholds"]["per_label"]["gratitude"]
    assert (
        json.loads(emoticare("info", "--json", "--overlay", out).out)["thresholds"]["per_label"][
            "gratitude"
        ]
        == threshold
    )
    for command in (["predict"], ["explain"]):
        answer = emoticare(*command, "--overlay", out, "Thanks!")
        assert (answer.code, answer.err) == (0, "")
    scored = tmp_path / "scored.csv"
    assert emoticare("score", labels_file, "-o", scored, "-q", "--overlay", out).code == 0
    assert (
        emoticare("evaluate", "--data", labels_file, "--split", "all", "--overlay", out).code == 0
    )


def test_too_few_are_refused(emoticare, tmp_path):
    path = tmp_path / "few.csv"
    path.write_text("text,labels\nThanks!,gratitude\nOh no,sadness\n")
    answer = emoticare("tune", path, "--out", tmp_path / "o.json")
    assert answer.code == 1
    assert "at least 10 texts" in answer.err
    assert not (tmp_path / "o.json").exists()


def test_a_wrong_overlay_is_one_line(emoticare, tmp_path):
    (tmp_path / "o.json").write_text("{}")
    for command in (["predict", "x"], ["serve", "--port", "0"], ["info"]):
        answer = emoticare(*command, "--overlay", tmp_path / "o.json")
        assert answer.code == 1
        assert answer.err.count("\n") == 1
