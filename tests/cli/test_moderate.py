import io
import json
import sys

import pytest

from emoticare.meaning.moderation import Moderator

HATE = "I hate this, you make me sick!"
BAD = 'schema = 1\nname = "x"\n\n[categories.a]\nemotions = ["wrath"]\nflag = 0.5\nreason = "r"\n'


def records(answer) -> list[dict]:
    assert (answer.code, answer.err) == (0, "")
    return [json.loads(line) for line in answer.out.splitlines()]


def test_verdicts_are_those_of_the_library(emoticare, embedded):
    texts = [HATE, "Thanks!", ""]
    for text, record in zip(texts, records(emoticare("moderate", *texts)), strict=True):
        assert record == {"text": text, **Moderator(embedded)(text).to_dict()}


def test_a_pipe_and_files(emoticare, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"{HATE}\nno\n".encode())))
    assert [r["text"] for r in records(emoticare("moderate", "-"))] == [HATE, "no"]
    lines, table = tmp_path / "a.txt", tmp_path / "b.csv"
    lines.write_text(f"{HATE}\nno", encoding="utf-8")
    table.write_text(f'id,body\n1,"{HATE}"\n', encoding="utf-8")
    given = ["--file", lines, "--file", tmp_path / "c.jsonl", "--text-column", "body"]
    (tmp_path / "c.jsonl").write_text(json.dumps({"body": "no"}) + "\n", encoding="utf-8")
    assert [r["text"] for r in records(emoticare("moderate", *given))] == [HATE, "no", "no"]
    assert len(records(emoticare("moderate", "--file", table, "--text-column", "body"))) == 1


def test_rows_without_a_text_are_told(emoticare, tmp_path):
    path = tmp_path / "c.jsonl"
    path.write_text('{"text": "no"}\n{"text": 3}\n[]\n', encoding="utf-8")
    answer = emoticare("moderate", "--file", path)
    assert answer.code == 3
    assert len(answer.out.splitlines()) == 1
    assert "in 2 rows: " in answer.err
    assert "line 2" in answer.err


def test_a_table_gives_reasons(emoticare):
    answer = emoticare("moderate", "--format", "table", HATE, "Thanks [b] \x07!")
    lines = answer.out.splitlines()
    assert lines[0] == f"flag   {HATE}"
    assert "hostility (high): It reads as angry or disgusted (anger" in lines[1]
    assert lines[-1].startswith("allow  Thanks [b]")
    assert "\x07" not in answer.out


def test_json_is_one_array(emoticare):
    assert len(json.loads(emoticare("moderate", "--format", "json", HATE, "no").out)) == 2


def test_hysteresis_needs_a_sequence(emoticare, tmp_path, embedded):
    policy = tmp_path / "p.toml"
    score = embedded("so sad").scores["sadness"]
    least = embedded("I am a bit sad about it, but fine").scores["sadness"]
    assert least < score
    policy.write_text(
        'schema = 1\nname = "x"\n[categories.s]\nemotions = ["sadness"]\n'
        f'flag = {score - 0.001:.4f}\nhysteresis = {score - least + 0.001:.4f}\nreason = "Sad"\n',
        encoding="utf-8",
    )
    texts = ["so sad", "I am a bit sad about it, but fine"]
    alone = records(emoticare("moderate", "--policy", policy, *texts))
    joined = records(emoticare("moderate", "--policy", policy, "--sequence", *texts))
    assert [r["action"] for r in alone] == ["flag", "allow"]
    assert [r["action"] for r in joined] == ["flag", "flag"]


@pytest.mark.parametrize("command", [("moderate", "no"), ("serve",)])
def test_a_bad_policy_is_refused_with_its_line(emoticare, tmp_path, command):
    path = tmp_path / "p.toml"
    path.write_text(BAD, encoding="utf-8")
    answer = emoticare(*command, "--policy", path)
    assert (answer.code, answer.out) == (2, "")
    assert f"{path}, line 5" in answer.err


def test_texts_and_files_do_not_mix(emoticare):
    assert emoticare("moderate", "no", "--file", "a.csv").code == 2
