import json

import pytest

from emoticare.export.huggingface import export_hf
from emoticare.model.artifact import load_artifact


@pytest.fixture(scope="module")
def float_folder(ticket_model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hub") / "tickets"
    export_hf(load_artifact(ticket_model), folder)
    return folder


def test_a_model_equals_itself(emoticare, ticket_model, tickets):
    answer = emoticare("compare", ticket_model, ticket_model, "--data", tickets)
    assert answer.code == 0, answer.err
    assert "within 0.02   100.00%" in answer.out
    assert "most of them                none" in answer.out


def test_int8_is_compared_with_float32_at_the_models_thresholds(
    emoticare, ticket_model, float_folder, tickets, tmp_path
):
    answer = emoticare(
        *("compare", ticket_model, float_folder, "--data", tickets, "--split", "all"),
        *("--json", tmp_path / "drift.json"),
    )
    assert answer.code == 0, answer.err
    record = json.loads((tmp_path / "drift.json").read_text(encoding="utf-8"))
    assert record["n_texts"] == 40
    assert record["split"] == "all"
    assert 0 < record["max_abs_difference"] < 0.05
    assert record["model_a"] != record["model_b"]
    low, high = (record[f"macro_f1_difference_ci_{end}"] for end in ("low", "high"))
    assert low <= record["macro_f1_difference"] <= high
    assert record["macro_f1_a"] == pytest.approx(record["macro_f1_b"], abs=0.1)


def test_models_of_other_labels_are_refused(emoticare, ticket_model, tickets):
    answer = emoticare("compare", ticket_model, "embedded", "--data", tickets)
    assert answer.code == 2
    assert "the same labels in the same order" in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("damage", ["config.json", "tokenizer.json", "onnx/model.onnx"])
def test_a_damaged_folder_is_one_message(
    emoticare, ticket_model, float_folder, tickets, tmp_path, damage
):
    for path in float_folder.rglob("*"):
        if path.is_file():
            copy = tmp_path / path.relative_to(float_folder)
            copy.parent.mkdir(exist_ok=True)
            copy.write_bytes(path.read_bytes())
    (tmp_path / damage).write_text("{}", encoding="utf-8")
    answer = emoticare("compare", ticket_model, tmp_path, "--data", tickets)
    assert answer.code == 1
    assert answer.err.startswith("emoticare: ")
    assert "Traceback" not in answer.err


def test_a_folder_that_is_no_model_is_refused(emoticare, tmp_path, tickets):
    answer = emoticare("compare", "embedded", tmp_path, "--data", tickets)
    assert answer.code == 1
    assert "is not an EmotiCare model" in answer.err


def test_out_of_domain_lines_are_compared_too(emoticare, tmp_path):
    folder = tmp_path / "goemotions"
    folder.mkdir()
    for split in ("train", "dev", "test"):
        rows = [f"{split} sentence number {i}\t{i}\t{split}{i}\n" for i in range(28)]
        (folder / f"{split}.tsv").write_text("".join(rows), encoding="utf-8")
    lines = [f"line number {i} of a film\t{1 + i % 8}\n" for i in range(24)]
    xed = tmp_path / "xed.tsv"
    xed.write_text("".join(lines), encoding="utf-8")
    answer = emoticare(
        *("compare", "embedded", "embedded", "--data", folder, "--xed", xed),
        *("--json", tmp_path / "drift.json"),
    )
    assert answer.code == 0, answer.err
    assert "24 lines of XED" in answer.out
    record = json.loads((tmp_path / "drift.json").read_text(encoding="utf-8"))
    assert record["xed_n_texts"] == 24
    assert record["xed_mean_auroc_a"] == record["xed_mean_auroc_b"]
    assert record["xed_mean_auroc_difference"] == 0
