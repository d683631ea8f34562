import math
from pathlib import Path

import pytest

from emoticare.errors import UsageError
from emoticare.server.config import ServerConfig, read_api_keys


def test_a_config_never_changes_and_shows_no_keys():
    config = ServerConfig(api_keys=("secret",))
    with pytest.raises(AttributeError):
        config.port = 1
    assert "secret" not in repr(config)


@pytest.mark.parametrize(
    "options",
    [
        {"port": -1},
        {"port": 70_000},
        {"max_texts": 0},
        {"max_texts": 5000, "max_queue_texts": 4096},
        {"queue_timeout_s": math.nan},
        {"queue_timeout_s": math.inf},
        {"batch_wait_ms": -1.0},
        {"workers": 0},
        {"drain_delay_s": -1.0},
        {"root_path": "emotions"},
        {"root_path": "/emotions/"},
        {"root_path": "/a//b"},
        {"root_path": "/a?b"},
        {"root_path": "/a\n"},
    ],
    ids=repr,
)
def test_what_makes_no_sense_is_refused(options):
    with pytest.raises(UsageError, match="Expected"):
        ServerConfig(**options)


def test_zero_is_a_port_and_a_wait():
    assert ServerConfig(port=0, batch_wait_ms=0, drain_delay_s=0).port == 0


def test_keys_come_from_a_file_and_the_environment(tmp_path):
    file = tmp_path / "keys"
    file.write_text("# of the web site\none\n\n two \none\n")
    assert read_api_keys(file, {"EMOTICARE_API_KEYS": "three, one,"}) == ("three", "one", "two")
    assert read_api_keys(None, {}) == ()


@pytest.mark.parametrize("content", ["", "# nothing\n", "caf\u00e9\n", "two words\n"], ids=repr)
def test_a_file_without_good_keys_does_not_open_the_server(tmp_path, content):
    file = tmp_path / "keys"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError):
        read_api_keys(file, {})


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match="could not be read"):
        read_api_keys(tmp_path / "none", {})


def test_a_file_of_keys_without_an_end(tmp_path):
    (tmp_path / "keys").symlink_to("/dev/zero")
    with pytest.raises(UsageError, match="at most 1000000 bytes"):
        read_api_keys(tmp_path / "keys", {})


@pytest.mark.parametrize(
    ("options", "needs_key"),
    [({}, False), ({"api_keys": ("one",)}, True), ({"named_keys": Path("keys.toml")}, True)],
)
def test_a_server_with_any_keys_needs_one(options, needs_key):
    assert ServerConfig(**options).needs_key == needs_key
