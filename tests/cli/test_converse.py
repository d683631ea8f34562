import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from emoticare.meaning.conversation import Conversation, read_chat
from emoticare.meaning.conversation.preceding_turns import CONTEXT_TURNS, MOST_CONTEXT_TURNS
from emoticare.meaning.moderation import Policy

EXPORTS = Path(__file__).parents[1] / "meaning" / "conversation" / "exports"
CHAT = EXPORTS / "whatsapp_android_gb.txt"


def records(answer) -> list[dict]:
    return [json.loads(line) for line in answer.out.splitlines()]


def test_turns_are_those_of_the_library(emoticare, embedded):
    answer = emoticare("converse", CHAT, "--moderate")
    assert answer.code == 0
    assert answer.err == "5 not words of a speaker: notes, pictures, calls\n"
    turns = read_chat(CHAT).turns
    events = Conversation(embedded, policy=Policy.default(embedded.artifact.config)).stream(turns)
    expected = [
        {"text": turn.text, **event.to_dict()} for turn, event in zip(turns, events, strict=True)
    ]
    assert records(answer) == json.loads(json.dumps(expected))


def test_json_holds_speakers_and_problems(emoticare):
    answer = emoticare("converse", EXPORTS / "slack_day.json", "--format", "json")
    assert answer.code == 3
    assert "2 could not be read: message 6: a time (ts) that is none" in answer.err
    record = json.loads(answer.out)
    assert list(record) == ["turns", "speakers", "format", "n_skipped", "n_problems", "problems"]
    assert len(record["turns"]) == len(record["speakers"]) == 3
    assert record["problems"][0]["place"] == "message 6"


def test_a_timeline(emoticare, tmp_path):
    path = tmp_path / "chat.txt"
    path.write_text(
        "1/1/24, 9:00 AM - Ann: Hi.\n1/1/24, 9:01 AM - Ann: This is annoying.\n"
        "1/2/24, 9:02 AM - Ann: This is really annoying, it is the third time! \x07[b]\n"
    )
    answer = emoticare("converse", path, "--format", "table", "--moderate")
    assert answer.code == 0
    assert "Monday, 01 January 2024" in answer.out
    assert "09:01:00 Ann" in answer.out
    assert "annoyance rising over the last three turns" in answer.out
    assert "flag: hostility. It reads as angry or disgusted" in answer.out
    assert "Mean of each speaker's turns" in answer.out
    assert "\x07" not in answer.out


@pytest.mark.parametrize("arguments", [[], ["--from", "plain"]])
def test_a_pipe(emoticare, monkeypatch, arguments):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"Ann: hi\nBob: no\n")))
    answer = emoticare("converse", "-", *arguments)
    assert [record["speaker"] for record in records(answer)] == ["Ann", "Bob"]


def test_each_line_of_a_program_is_answered_as_it_comes(tiny_model_folder):
    command = [sys.executable, "-m", "emoticare", "converse", "-", "--from", "jsonl"]
    with subprocess.Popen(
        [*command, "--model", str(tiny_model_folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        for number in range(3):
            process.stdin.write(json.dumps({"text": "so happy", "speaker": "Ann"}) + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["turn"] == number + 1
        _, err = process.communicate("no json\n", timeout=60)
    assert process.returncode == 3
    assert "line 4: not JSON" in err
    assert "no json" not in err


def test_what_is_no_chat_is_refused(emoticare, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("secret words\n")
    answer = emoticare("converse", path)
    assert (answer.code, answer.out) == (1, "")
    assert "secret" not in answer.err
    assert emoticare("converse", path, "--from", "telegram").code == 2


def test_without_the_extra_subtitles_name_it():
    program = (
        "import sys; sys.modules['webvtt'] = None\n"
        f"sys.argv = ['emoticare', 'converse', {str(EXPORTS / 'film.srt')!r}]\n"
        "from emoticare.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1
    assert "pip install 'emoticare[subtitles]'" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["--context-turns", "0"], ["--context-turns", "10"]])
def test_turns_are_read_with_those_before_them(emoticare, tiny_with_context, tmp_path, arguments):
    tiny_with_context.artifact.save(tmp_path / "model")
    (tmp_path / "chat.txt").write_text("Ann: so happy\nBob: I hate it\nAnn: why\nBob: no\n")
    answer = emoticare("converse", tmp_path / "chat.txt", "--model", tmp_path / "model", *arguments)
    n_turns = int(arguments[1]) if arguments else CONTEXT_TURNS
    chat = Conversation(tiny_with_context, context_turns=n_turns)
    events = chat.stream(read_chat(tmp_path / "chat.txt").turns)
    assert [record["scores"] for record in records(answer)] == [
        event.to_dict()["scores"] for event in events
    ]


@pytest.mark.parametrize("number", ["-1", str(MOST_CONTEXT_TURNS + 1), "two"])
def test_context_turns_have_bounds(emoticare, number):
    assert emoticare("converse", CHAT, "--context-turns", number).code == 2
