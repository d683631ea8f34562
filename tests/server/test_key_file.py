import os
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoticare.errors import UsageError
from emoticare.server.keys.key_file import ApiKey, digest, new_key, read_key_file

HASH = 64 * "0"
TABLE = f'[keys.web]\nsha256 = "{HASH}"\n'


def test_a_key_that_is_made_can_be_read(tmp_path):
    key, lines = new_key("web-shop_1")
    another, _ = new_key("web-shop_1")
    assert key != another
    assert len(key) >= 43
    assert key.isascii()
    assert key.isprintable()
    assert key not in lines
    file = tmp_path / "keys.toml"
    file.write_text(lines)
    assert read_key_file(file) == (ApiKey(name="web-shop_1", digest=digest(key)),)
    file.write_text(lines.replace("# ", ""))
    (read,) = read_key_file(file)
    assert read.digest == digest(key)
    assert (read.requests_per_minute, read.texts_per_minute, read.concurrency) == (600, 6000, 8)
    assert read.routes == {"/v1/emotions", "/v1/stream"}


@pytest.mark.parametrize("name", ["", "a b", "ü", "a.b", 'a"', "a\n", 65 * "a", "[x]"], ids=repr)
def test_names_that_logs_and_files_cannot_hold(name):
    with pytest.raises(UsageError, match="Expected a key's name"):
        new_key(name)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "keys.NAME"),
        ("[keys]", "keys.NAME"),
        ("keys = 3", "keys.NAME"),
        (f"{TABLE}[other]", "keys.NAME"),
        ("[keys.web", "expected TOML"),
        ("a = " + 5000 * "[", "expected TOML"),
        ("[keys]\nweb = 3", "[keys.web]: expected a table"),
        ('[keys."a b"]\n', "name"),
        ("[keys.web]\n", "sha256"),
        ('[keys.web]\nsha256 = "the-secret"', "sha256"),
        (f'[keys.web]\nsha256 = "{63 * "0"}G"', "sha256"),
        (f"{TABLE}the-secret = 1", "another field"),
        (f"{TABLE}requests_per_minute = 0", "requests_per_minute"),
        (f"{TABLE}texts_per_minute = 1.5", "texts_per_minute"),
        (f"{TABLE}texts_per_minute = 1{40 * '0'}", "texts_per_minute"),
        (f"{TABLE}concurrency = true", "concurrency"),
        (f'{TABLE}concurrency = "the-secret"', "concurrency"),
        (f'{TABLE}routes = "/predict"', "routes"),
        (f"{TABLE}routes = []", "routes"),
        (f'{TABLE}routes = ["predict"]', "routes"),
        (f"{TABLE}routes = [1]", "routes"),
        (TABLE + TABLE.replace("web", "shop"), "of its own"),
        (TABLE + TABLE, "expected TOML"),
        ("#" + 1_000_000 * "x", "bytes"),
        ("a" + 65 * ".a" + " = 1", "64 dots"),
        (f"{TABLE}concurrency = {5000 * '1'}", "digits"),
    ],
    ids=lambda value: value[-40:],
)
def test_what_is_wrong_is_told_without_quoting_it(tmp_path, content, said):
    file = tmp_path / "keys.toml"
    file.write_text(content)
    with pytest.raises(UsageError) as raised:
        read_key_file(file)
    assert said in str(raised.value)
    assert str(file) in str(raised.value)
    assert "the-secret" not in str(raised.value)


def test_no_file_and_no_text(tmp_path):
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(UsageError, match="found none"):
            read_key_file(path)
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="could not be read"):
        read_key_file(tmp_path / "bytes")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="found none"):
        read_key_file(tmp_path / "pipe")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory, content):
    file = tmp_path_factory.mktemp("keys") / "keys.toml"
    file.write_bytes(content)
    with pytest.raises(UsageError):
        read_key_file(file)


def test_lines_of_several_keys_make_one_file():
    lines = [new_key(name)[1] for name in ("a", "b")]
    assert list(tomllib.loads("\n".join(lines))["keys"]) == ["a", "b"]
