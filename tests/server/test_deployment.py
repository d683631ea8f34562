"""The dashboard and the compose file ask for what the server gives."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DASHBOARD = ROOT / "deploy" / "grafana" / "dashboards" / "emoticare.json"


def test_every_metric_of_the_dashboard_is_there(server):
    server.post("/v1/emotions", {"text": "so happy"})
    metrics = server.get("/metrics").content.decode()
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    expressions = [target["expr"] for panel in panels for target in panel["targets"]]
    names = set(re.findall(r"\b(?:emoticare|http_server|process)_\w+", " ".join(expressions)))
    assert len(names) > 10
    assert [name for name in names if f"\n{name}" not in metrics] == []
    labels = set(re.findall(r"\bhttp_(?:route|response_status_code)\b", " ".join(expressions)))
    assert [label for label in labels if f'{label}="' not in metrics] == []


@pytest.mark.parametrize("name", ["EMOTICARE_HOST", "EMOTICARE_PORT"])
def test_the_image_sets_variables_that_the_command_reads(name):
    command = (ROOT / "src/emoticare/cli/serve.py").read_text(encoding="utf-8")
    assert name in (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert f'_option("{name.removeprefix("EMOTICARE_").lower()}"' in command


def test_the_image_asks_whether_the_server_is_ready(server):
    (path,) = re.findall(r"\}(/\w+)', timeout", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    assert path == "/readyz"
    assert server.get(path).status == 200


def test_the_image_runs_as_nobody_in_particular():
    assert "\nUSER 10001" in (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "read_only: true" in (ROOT / "compose.yaml").read_text(encoding="utf-8")
