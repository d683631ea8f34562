"""What the OpenAPI document says is what the server does: schemathesis tries it."""

import re
import subprocess
import sys

import pytest

from emoticare.labels import LABELS
from emoticare.server.keys.failures import FailedKeys

from .conftest import running

KEY = "key-of-the-test"
# Perspective's clients know that a text which does not look English is refused.
EXPECTED = """
[[operations]]
include-path = "/v1alpha1/comments:analyze"
checks.positive_data_acceptance.expected-statuses = ["2xx", "400"]
"""


@pytest.fixture(scope="module")
def locked(tiny):
    with running(lambda: tiny, api_keys=(KEY,), max_texts=20, max_chars=1000) as server:
        # Schemathesis tries many wrong keys, and knows no 429 for them: here all are forgotten.
        server.service.keys.failed = FailedKeys(most_networks=0)
        yield server


def test_schemathesis_finds_nothing(locked, tmp_path):
    (tmp_path / "schemathesis.toml").write_text(EXPECTED)
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
        "/predict", "/v1alpha1/comments:analyze", "/beta/litellm_basic_guardrail_api",
        "/api/classify", "/api/classify/labels", "/api/modules",
        "/v1/models", "/v1/models/emoticare",
        "/livez", "/readyz", "/health", "/info", "/metrics",
    }  # fmt: skip
    # To these clients whatever is wrong with a body is a 400.
    without_422 = {"/v1/moderations", "/v1alpha1/comments:analyze"}
    for path, operations in paths.items():
        if "post" in operations:
            body = operations["post"]["requestBody"]["content"]["application/json"]
            assert len(body["examples"]) >= 2, path
            declared = set(operations["post"]["responses"])
            expected = {"200", "400", "401", "403", "408", "413", "415", "422", "424", "429", "503"}
            assert declared == expected - ({"422"} if path in without_422 else set())
        else:
            declared = set(operations["get"]["responses"])
            assert declared >= {"401", "403", "429"} or not declared & {"401", "403", "429"}, path


def test_every_answer_of_json_has_an_example_of_its_shape(tiny, tmp_path):
    with running(lambda: tiny, dashboard=tmp_path / "counts.sqlite") as server:
        document = server.get("/openapi.json").json
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                content = operation["responses"]["200"]["content"].get("application/json")
                if content is None:
                    continue
                examples = {name: one["value"] for name, one in content["examples"].items()}
                if method == "get":
                    assert shape(server.get(path).json) == shape(examples["plain"]), path
                    continue
                body = operation["requestBody"]["content"]["application/json"]["examples"]
                assert examples.keys() == body.keys(), path
                for name, example in examples.items():
                    answer = server.post(path, body[name]["value"]).json
                    assert shape(answer) == shape(example), (path, name)


def shape(answer):
    """What an answer has whatever the model says: of names its fields, of lists nothing."""
    if isinstance(answer, dict):
        return set(answer)
    return [set(one) for one in answer[:1] if isinstance(one, dict)] if answer else type(answer)


def test_errors_are_shown_as_the_server_says_them(locked):
    paths = locked.get("/openapi.json").json["paths"]
    for path in ("/v1/emotions", "/v1/moderations", "/v1alpha1/comments:analyze"):
        declared = paths[path]["post"]["responses"]
        for status, key in (("401", "wrong"), ("400", KEY)):
            answer = locked.request(
                "POST", path, "{", Content_Type="application/json", X_Api_Key=key
            )
            assert answer.status == int(status)
            example = declared[status]["content"]["application/json"]["example"]
            said = answer.json
            if path == "/v1/moderations":
                assert said["error"].pop("param") is None  # nulls are left out of examples
            assert said == example


def test_a_client_can_be_generated(locked):
    document = locked.get("/openapi.json").json
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)+", name) for name in ids), ids
    assert {"predict_emotions", "explain_emotions", "get_readiness", "get_info"} <= set(ids)
    assert document["servers"] == [{"url": "/"}]
    assert document["info"]["license"]["identifier"] == "Apache-2.0"
    assert document["info"]["contact"]["name"]


def test_both_places_of_a_key_are_named(locked):
    document = locked.get("/openapi.json").json
    schemes = document["components"]["securitySchemes"]
    assert schemes["key"] == {"type": "http", "scheme": "bearer"}
    assert schemes["key_header"] == {"type": "apiKey", "in": "header", "name": "X-Api-Key"}
    security = document["paths"]["/v1/emotions"]["post"]["security"]
    assert security == [{"key": []}, {"key_header": []}]


def test_an_open_server_asks_for_no_key(server):
    assert "securitySchemes" not in server.get("/openapi.json").json["components"]


def test_a_context_is_offered_where_the_model_reads_it(tiny, tiny_with_context):
    offered = []
    for classifier in (tiny, tiny_with_context):
        with running(lambda classifier=classifier: classifier) as server:
            schemas = server.get("/openapi.json").json["components"]["schemas"]
        places = (
            ("OneText", "context"),
            ("ManyTexts", "contexts"),
            ("ExplanationRequest", "context"),
        )
        offered.append([name in schemas[schema]["properties"] for schema, name in places])
    assert offered == [[False] * 3, [True] * 3]
