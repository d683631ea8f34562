"""Writes answers.json anew, after a new model was put into the package or an example has changed.

They are what the embedded model answers to the examples of the OpenAPI document, which shows them.
"""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from emoticare.server import openapi

# Their answers are the server's own, of this moment or of this machine.
_WITHOUT = {"/docs", "/dashboard", "/metrics", "/"}


def answers(document: dict[str, Any], ask: Callable[..., Any]) -> dict[str, Any]:
    """Return the answers by path, method and the name of the example."""
    found: dict[str, Any] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method == "post":
                body = operation["requestBody"]["content"]["application/json"]
                examples = {name: one["value"] for name, one in body["examples"].items()}
            elif path in _WITHOUT:
                continue
            else:
                examples = {"plain": None}
            found.setdefault(path, {})[method] = {
                name: ask(method.upper(), path, example) for name, example in examples.items()
            }
    return found


def main() -> None:
    """Ask a server of the embedded model."""
    from server.conftest import running

    import emoticare

    with tempfile.TemporaryDirectory() as folder:
        counts = Path(folder) / "counts.sqlite"
        with running(emoticare.load, dashboard=counts, queue_timeout_s=600) as server:

            def ask(method: str, path: str, body: Any) -> Any:
                return (server.post(path, body) if method == "POST" else server.get(path)).json

            found = answers(server.get("/openapi.json").json, ask)
    path = Path(openapi.__file__).with_name("answers.json")
    path.write_text(json.dumps(found, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
