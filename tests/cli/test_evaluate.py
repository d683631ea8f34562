import json
import sys

import pytest

LABELS = ["account", "billing", "delivery", "praise", "technical"]


def test_a_file_is_cut_as_in_training_and_measured_in_its_own_labels(
    emoticare, ticket_model, tickets, tmp_path
):
    answer = emoticare(
        *("evaluate", "--data", tickets, "--model", ticket_model),
        *("--json", tmp_path / "figures.json", "--plots", tmp_path / "plots"),
    )
    assert answer.code == 0, answer.err
    assert "warning" not in answer.err
    assert "original EmotiCare" not in answer.out
    assert "95%" in answer.out
    assert "very short" in answer.out
    record = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert record["split"] == "test"
    assert record["n_texts"] == 4
    assert list(record["per_label"]) == LABELS
    assert record["slices"]["all"]["n_texts"] == 4
    page = (tmp_path / "plots" / "index.html").read_text(encoding="utf-8")
    assert "Kinds of text" in page
    assert "Original EmotiCare" not in page


def test_another_file_is_pointed_out(emoticare, ticket_model, tickets, tmp_path):
    rows = tickets.read_text(encoding="utf-8") + "Where can I read my old bills?,billing\n"
    (tmp_path / "more.csv").write_text(rows, encoding="utf-8")
    command = ("evaluate", "--data", tmp_path / "more.csv", "--model", ticket_model)
    assert "warning: this is not the data" in emoticare(*command).err
    whole = emoticare(*command, "--split", "all")
    assert whole.code == 0
    assert "warning" not in whole.err
    assert "41 texts of all" in whole.out


def test_labels_the_model_lacks_are_refused(emoticare, tickets):
    cut = emoticare("evaluate", "--data", tickets)
    assert cut.code == 2
    assert "Choose the model that was trained on these labels" in cut.err
    whole = emoticare("evaluate", "--data", tickets, "--split", "all")
    assert whole.code == 1
    assert "label 'billing'" in whole.err


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (["--split", "tset"], 2, "found 'tset'"),
        (["--delimiter", "/"], 1, "each label on at least two rows"),
        (["--model", "nowhere"], 1, "found no folder at nowhere"),
        (["--data", "nowhere"], 1, "found nothing"),
        (["--data", ".", "--split", "all"], 2, "found a folder"),
        (["--json", "/dev/null/figures.json"], 1, "could not be written"),
        (["--plots", "/dev/null/plots"], 1, "could not be written"),
    ],
)
def test_a_wrong_option_is_one_message_and_no_traceback(
    emoticare, ticket_model, tickets, options, code, told
):
    answer = emoticare("evaluate", "--data", tickets, "--model", ticket_model, *options)
    assert answer.code == code
    assert told in answer.err
    assert "Traceback" not in answer.err


def test_missing_matplotlib_is_said_before_anything_is_measured(emoticare, tickets, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    answer = emoticare("evaluate", "--data", tickets, "--model", "nowhere", "--plots", "plots")
    assert answer.code == 1
    assert "emoticare[plots]" in answer.err


def test_robustness_of_a_model_with_labels_of_its_own(emoticare, ticket_model, tickets, tmp_path):
    answer = emoticare(
        *("evaluate", "--data", tickets, "--model", ticket_model, "--robustness"),
        *("--json", tmp_path / "figures.json"),
    )
    assert answer.code == 0, answer.err
    assert "neutral text" in answer.out
    assert "left out, since the model lacks their labels: emoji, negations, groups" in answer.out
    record = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert record["robustness_typos_n_texts"] == 4
    assert not any(key.startswith("robustness_emoji") for key in record)


def test_robustness_of_the_embedded_model(emoticare, tmp_path):
    texts = ["I am so happy today!", "[NAME] makes me angry.", "We meet on Monday."]
    rows = [f"{text}\t{i}\tid{i}\n" for text, i in zip(texts, (17, 2, 27), strict=True)]
    (tmp_path / "test.tsv").write_text("".join(rows), encoding="utf-8")
    answer = emoticare(
        *("evaluate", "--data", tmp_path, "--robustness", "--json", tmp_path / "figures.json")
    )
    assert answer.code == 0, answer.err
    assert "left out" not in answer.out
    for told in ("names", "with text", "halved", "disability", "I am a … person."):
        assert told in answer.out
    record = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert record["robustness_emoji_n_lines"] == 88
    assert record["macro_f1"] > 0


@pytest.mark.full
def test_the_embedded_model_stands_beside_the_original(emoticare, goemotions_folder, tmp_path):
    answer = emoticare(
        *("evaluate", "--data", goemotions_folder, "--split", "dev"),
        *("--json", tmp_path / "dev.json"),
    )
    assert answer.code == 0, answer.err
    assert "the original EmotiCare (test)" in answer.out
    record = json.loads((tmp_path / "dev.json").read_text(encoding="utf-8"))
    assert record["n_texts"] == 5426
    assert record["macro_f1"] > 0.45
    assert record["macro_f1_ci_low"] < record["macro_f1"] < record["macro_f1_ci_high"]


@pytest.fixture
def everyday(tmp_path):
    folder = tmp_path / "everyday"
    folder.mkdir()
    (folder / "written.tsv").write_text(
        "id\tkind\tsplit\ttext\tprimary\tplausible\n"
        "w1\tsarcasm\tdev\tWow, thanks for nothing.\tannoyance\tdisapproval\n"
        "w2\tneutral\tdev\tThe train leaves at 9.\tneutral\t\n",
        encoding="utf-8",
    )
    return folder


def test_the_everyday_corpus_needs_no_other_data(emoticare, everyday, tmp_path):
    answer = emoticare(
        *("evaluate", "--everyday", everyday, "--split", "dev"),
        *("--json", tmp_path / "figures.json", "--plots", tmp_path / "plots"),
    )
    assert answer.code == 0, answer.err
    assert "everyday corpus, dev" in answer.out
    assert "strongest label is primary" in answer.out
    record = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert record["everyday_split"] == "dev"
    assert record["everyday"]["written"]["strongest_primary"] == 0.5
    assert record["everyday"]["written"]["only_neutral"] == 0
    assert "macro_f1" not in record
    assert (tmp_path / "plots" / "everyday.png").stat().st_size > 10_000


def test_an_export_is_measured_on_the_everyday_corpus(emoticare, everyday, tmp_path):
    assert emoticare("export", "hf", tmp_path / "hf").code == 0
    command = ("evaluate", "--everyday", everyday, "--split", "dev", "--json")
    assert emoticare(*command, tmp_path / "ours.json").code == 0
    answer = emoticare(*command, tmp_path / "theirs.json", "--model", tmp_path / "hf")
    assert answer.code == 0, answer.err
    ours, theirs = (
        json.loads((tmp_path / name).read_text(encoding="utf-8"))["everyday"]
        for name in ("ours.json", "theirs.json")
    )
    assert ours == theirs


@pytest.mark.parametrize(
    ("options", "told"),
    [(["--texts", "."], "Expected --everyday"), (["--everyday", ".", "--robustness"], "--data")],
)
def test_everyday_options_that_do_not_go_together(emoticare, options, told):
    answer = emoticare("evaluate", *options)
    assert answer.code == 2
    assert told in answer.err
