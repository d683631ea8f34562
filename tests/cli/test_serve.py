import subprocess
import sys

import pytest

PROGRAM = """
import sys
for name in {blocked!r}:
    sys.modules[name] = None
sys.argv = ["emoticare", "serve", *{arguments!r}]
from emoticare.cli import main
main()
"""


def test_help_shows_examples_and_variables(emoticare):
    answer = emoticare("serve", "--help")
    assert answer.code == 0
    assert "emoticare serve --host" in answer.out
    assert "EMOTICARE_PORT" in answer.out
    assert "EMOTICARE_API_KEYS" in answer.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--port", "70000"], "port"),
        (["--max-texts", "0"], "max_texts"),
        (["--api-keys-file", "nowhere"], "API keys"),
        (["--named-keys", "nowhere"], "file of keys"),
        (["--host", "256.1.1.1"], "--host"),
    ],
)
def test_bad_options_are_usage_errors(emoticare, tiny_model_folder, arguments, said):
    answer = emoticare("serve", "--model", tiny_model_folder, *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_variables_are_options_too(emoticare, monkeypatch):
    monkeypatch.setenv("EMOTICARE_MAX_TEXTS", "9999")
    assert "max_texts (9999)" in emoticare("serve").err


def test_a_missing_model_is_said_before_anything_listens(emoticare):
    answer = emoticare("serve", "--model", "nowhere")
    assert answer.code == 1
    assert "nowhere" in answer.err


@pytest.mark.parametrize(
    ("blocked", "arguments", "extra"),
    [
        (["fastapi"], [], "serve"),
        (
            ["opentelemetry.exporter"],
            ["--otlp-endpoint", "http://localhost:4318/v1/traces"],
            "telemetry",
        ),
    ],
)
def test_a_missing_extra_is_named(blocked, arguments, extra):
    program = PROGRAM.format(blocked=blocked, arguments=arguments)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1
    assert f"pip install 'emoticare[{extra}]'" in done.stderr
    assert "Traceback" not in done.stderr
