"""What the OpenAPI document says is what the server does: schemathesis tries it."""

import subprocess
import sys

import pytest

from emoticare.labels import LABELS

from .conftest import running

KEY = "key-of-the-test"


@pytest.fixture(scope="module")
def locked(tiny):
    with running(lambda: tiny, api_keys=(KEY,), max_texts=20, max_chars=1000) as server:
        yield server


def test_schemathesis_finds_nothing(locked, tmp_path):
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{locked.url}/openapi.json"]
    options = ["--checks", "all", "--max-examples", "30", "--seed", "0", "--no-color"]
    done = subprocess.run(
        [*command, *options, "--header", f"Authorization: Bearer {KEY}"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr


def test_the_document_holds_the_limits_of_this_server(locked):
    schemas = locked.get("/openapi.json").json["components"]["schemas"]
    assert schemas["OneText"]["properties"]["text"]["maxLength"] == 1000
    assert schemas["ManyTexts"]["properties"]["texts"]["maxItems"] == 20
    assert tuple(schemas["LabelThresholds"]["properties"]) == LABELS


def test_every_route_has_examples_and_declares_its_errors(locked):
    paths = locked.get("/openapi.json").json["paths"]
    assert set(paths) == {
        "/", "/docs", "/v1/emotions", "/v1/explanations", "/v1/moderations", "/v1/conversations",
        "/models/emoticare",
        "/predict",
        "/health", "/info", "/metrics",
    }  # fmt: skip
    for path, operations in paths.items():
        if "post" in operations:
            body = operations["post"]["requestBody"]["content"]["application/json"]
            assert len(body["examples"]) >= 2, path
            declared = set(operations["post"]["responses"])
            assert declared == {
                "200", "400", "401", "403", "408", "413", "415", "422", "424", "429", "503",
            }  # fmt: skip


def test_an_open_server_asks_for_no_key(server):
    assert "securitySchemes" not in server.get("/openapi.json").json["components"]
