"""`emoticare report`."""

import pytest

from emoticare.labels import LABELS


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "in.csv"
    rows = "".join(f"i am so happy today,2024-01-{day:02},red\n" for day in range(1, 31))
    path.write_text(f"text,day,team\n{rows}", encoding="utf-8")
    return path


def test_a_page_and_its_figures_are_written(emoticare, table, tiny_model_folder, tmp_path):
    answer = emoticare(
        "report", table, "--model", tiny_model_folder, "--time-column", "day", "--group-column",
        "team", "--threshold", "0.01", "--figures", tmp_path / "figures", "-o",
        tmp_path / "report.html",
    )  # fmt: skip
    assert (answer.code, answer.out) == (0, "")
    assert answer.err == f"30 of 30 rows are in {tmp_path / 'report.html'}\n"
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert all(label in page for label in LABELS)
    assert (tmp_path / "figures" / "emotions.png").is_file()


def test_quiet_says_nothing(emoticare, table, tiny_model_folder, tmp_path):
    output = tmp_path / "report.html"
    answer = emoticare("report", table, "--model", tiny_model_folder, "-q", "-o", output)
    assert (answer.code, answer.out, answer.err) == (0, "", "")


def test_an_output_that_is_no_page_is_refused(emoticare, table, tmp_path):
    answer = emoticare("report", table, "-o", tmp_path / "report.pdf")
    assert answer.code == 2
    assert "ends in .html" in answer.err


def test_an_input_is_never_overwritten(emoticare, tmp_path):
    answer = emoticare("report", "a.html", "-o", "a.html")
    assert answer.code == 2
    assert "apart from the inputs" in answer.err
