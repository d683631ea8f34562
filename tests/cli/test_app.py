"""The command as its users start it: its own process, pipes, terminals, signals."""

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
import types
from pathlib import Path

import pytest

import emoticare as package

COMMAND = [sys.executable, "-m", "emoticare"]
ON_UNIX = pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals of Unix")
COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7]m")
TIMEOUT_S = 120


@pytest.fixture
def predict(tiny_model_folder) -> list[str]:
    return [*COMMAND, "predict", "--model", str(tiny_model_folder)]


def run(command, **options) -> subprocess.CompletedProcess:
    done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=False, **options)
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    return done


def run_on_terminal(command, **environment) -> str:
    """Return what a command prints on a terminal."""
    import pty

    ours, theirs = pty.openpty()
    environment = {"TERM": "xterm-256color", "COLUMNS": "80", **environment}
    inherited = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    with subprocess.Popen(
        command, stdout=theirs, stdin=subprocess.DEVNULL, env={**inherited, **environment}
    ) as process:
        os.close(theirs)
        printed = b""
        while chunk := _read(ours):
            printed += chunk
        assert process.wait(TIMEOUT_S) == 0
    os.close(ours)
    return printed.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # so Linux says that the other end has gone
        return b""


def test_version_and_help(emoticare):
    for option in ("--version", "-V"):
        assert emoticare(option).out == f"emoticare {package.__version__}\n"
    answer = emoticare("--help")
    assert answer.code == 0
    assert "predict" in answer.out
    assert "info" in answer.out


def test_help_has_panels(emoticare):
    help_page = emoticare("--help").out
    titles = ("Use", "Adapt to your texts", "Make models", "The project's own")
    places = [help_page.index(f"─ {title} ─") for title in titles]
    assert places == sorted(places)
    assert "--install-completion" in help_page


def test_help_on_a_narrow_terminal_cuts_no_option():
    environment = {**os.environ, "COLUMNS": "44"}
    for command, option in (
        (["serve"], "--max-connections-per-client"),
        (["predict"], "--labels-only"),
        (["export", "hf"], "--evaluation"),
    ):
        shown = run([*COMMAND, *command, "--help"], env=environment).stdout.decode()
        assert option in shown
        assert "[bold]" not in shown
        assert max(map(len, shown.splitlines())) <= 60


def test_commands_are_completed():
    start = "import sys; sys.argv = ['emoticare']; from emoticare.cli import main; main()"
    environment = {**os.environ, "_EMOTICARE_COMPLETE": "complete_bash"}
    # A word that is no command must not put an error into the line that is typed.
    for typed in ("pre", "nonsense pre"):
        words = {"COMP_WORDS": f"emoticare {typed}", "COMP_CWORD": str(len(typed.split()))}
        done = run([sys.executable, "-c", start], env={**environment, **words})
        assert done.stdout.decode().strip() == "predict"
        assert done.stderr == b""


def test_no_command_shows_the_help_as_a_usage_error(emoticare):
    answer = emoticare()
    assert answer.code == 2
    assert "predict" in answer.out + answer.err
    assert emoticare("nonsense").code == 2


def test_a_text_without_a_command_is_not_quoted(emoticare):
    answer = emoticare("I hate my boss")
    assert answer.code == 2
    assert "emoticare predict" in answer.err
    assert "boss" not in answer.err
    assert "Did you mean predict?" in emoticare("predct").err
    answer = emoticare("--I hate my boss")
    assert answer.code == 2
    assert "emoticare predict --" in " ".join(answer.err.replace("│", " ").split())
    assert "boss" not in answer.err


def test_the_embedded_model_from_anywhere(tmp_path):
    text = "I'm so proud of everything we've built together!"
    done = run([*COMMAND, "predict", text], cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr == b""
    assert json.loads(done.stdout)["labels"][0] == "pride"
    assert list(tmp_path.iterdir()) == []


def test_a_pipe_in_and_out(predict):
    done = run(predict, input="so happy\ntr\u00e8s 😀\n".encode())
    assert done.returncode == 0
    assert done.stderr == b""
    assert [json.loads(x)["text"] for x in done.stdout.splitlines()] == ["so happy", "très 😀"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--threshold", "2", "x"], 2), (["--format", "xml"], 2), (["--model", "nowhere", "x"], 1)],
)
def test_failures_speak_on_stderr_only(predict, arguments, code):
    done = run([*predict, *arguments])
    assert done.returncode == code
    assert done.stdout == b""
    assert done.stderr


def test_data_is_utf8_whatever_the_locale(predict):
    for output_format in ("jsonl", "json", "csv", "table"):
        environment = {**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
        done = run([*predict, "--format", output_format, "très 😀"], env=environment)
        assert done.returncode == 0
        assert "très 😀" in done.stdout.decode()


@ON_UNIX
def test_a_reader_that_goes_is_no_failure(predict):
    few, many = b"so happy\n", b"so happy\n" * 3000
    for content in (few, many):
        with subprocess.Popen(
            predict, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            process.stdout.close()
            process.stdin.write(content)
            process.stdin.close()
            assert process.stderr.read() == b""
            assert process.wait(TIMEOUT_S) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_a_failure_of_one_line(predict):
    for n_texts in (1, 3000):
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                predict,
                input=b"so happy\n" * n_texts,
                stdout=full,
                stderr=subprocess.PIPE,
                timeout=TIMEOUT_S,
                check=False,
            )
        assert done.returncode == 1
        assert done.stderr == b"emoticare: the output: No space left on device.\n"


@ON_UNIX
@pytest.mark.parametrize(("closed", "code"), [(">&-", 1), ("<&-", 2)])
def test_closed_streams(predict, closed, code):
    done = run(["sh", "-c", f'exec "$@" {closed}', "sh", *predict, "-"])
    assert done.returncode == code
    assert done.stderr.startswith(b"emoticare: ")


@ON_UNIX
def test_interrupting_exits_130_in_silence(predict):
    import pty

    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*predict, "-"], stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        os.close(theirs)
        assert b"Ctrl-D" in process.stderr.readline()
        # A signal just before a read that waits would be seen only once something is typed.
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=TIMEOUT_S)
    os.close(ours)
    assert process.returncode == 130
    assert out == b""
    assert b"Traceback" not in err


@ON_UNIX
def test_interrupting_amid_the_work_exits_130(predict):
    with subprocess.Popen(
        [*predict, "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    ) as process:
        process.stdin.write(b"so happy\n" * 4096)
        assert select.select([process.stdout], [], [], TIMEOUT_S)[0]
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 130
    assert b"Traceback" not in err


@ON_UNIX
def test_a_terminal_gets_a_table_with_colour_and_bars(predict):
    command = [*predict, "--threshold", "joy=0", "so happy"]
    printed = run_on_terminal(command)
    assert COLOUR.search(printed)
    assert "█" in printed or "░" in printed
    plain = run_on_terminal(command, NO_COLOR="1")
    assert not COLOUR.search(plain)
    assert "joy" in plain
    assert "\x1b" not in run_on_terminal(command, TERM="dumb")


@ON_UNIX
def test_a_terminal_is_not_steered_by_a_text(predict):
    steering = "\x1b[2J\x1b]0;title\x07\u202e"
    printed = run_on_terminal([*predict, f"so happy {steering}"])
    assert "\x1b[2J" not in printed
    assert "\x1b]0" not in printed
    assert "\u202e" not in printed


@ON_UNIX
def test_a_terminal_that_cannot_show_a_letter(predict):
    printed = run_on_terminal([*predict, "😀 so happy"], PYTHONIOENCODING="ascii")
    assert "? so happy" in printed


def test_starting_is_quick(predict):
    start = time.monotonic()
    run([*COMMAND, "--version"])
    assert time.monotonic() - start < 20


def test_ctrl_c_while_modules_are_imported(monkeypatch, capsys):
    from emoticare.cli import main

    def interrupted(_):
        raise KeyboardInterrupt

    module = types.ModuleType("emoticare.cli.app")
    module.__getattr__ = interrupted
    monkeypatch.setitem(sys.modules, "emoticare.cli.app", module)
    with pytest.raises(SystemExit) as stop:
        main()
    assert (stop.value.code, capsys.readouterr().err) == (130, "emoticare: interrupted.\n")
