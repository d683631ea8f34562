"""Low layers never import high ones, not even inside a function or for types only."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import emoticare

PACKAGE = Path(emoticare.__file__).parent
RANKS = {
    "_version": 0,
    "errors": 0,
    "groups": 0,
    "labels": 0,
    "prediction": 0,
    "files": 1,
    "folders": 1,
    "plotting": 1,
    "data": 2,
    "stages": 2,
    "overlay": 2,
    "screening": 3,
    "artifact": 3,
    "exporting": 3,
    "engines": 3,
    "classifier": 4,
    "explanation": 4,
    "documents": 4,
    "__init__": 5,
    "conversation": 5,
    "moderation": 5,
    "evaluation": 7,
    "fitting": 8,
    "scoring": 8,
    "reporting": 9,
    "integrations": 9,
    "ray": 9,
    "serving": 9,
    "training": 9,
    "benchmarking": 9,
    "tuning": 9,
    "cli": 10,
    "__main__": 11,
}
MODULES = sorted(PACKAGE.rglob("*.py"))
HEAVY = (
    "torch", "transformers", "datasets", "onnx", "pyarrow", "matplotlib", "sklearn", "pandas",
    "polars", "ray", "spacy", "langchain_core", "fsspec", "s3fs",
    "huggingface_hub", "sentencex", "vl_convert",
    "typer", "fastapi", "starlette", "uvicorn", "flask", "aiohttp", "django",
)  # fmt: skip


def layer_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_layers(source: str, package: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Yields the line and the layer of each import of the package itself.

    Args:
        source: A module's code.
        package: The names of the package it lies in, from `emoticare` on.
    """
    for node in ast.walk(ast.parse(source)):
        names: list[tuple[str, ...]] = []
        if isinstance(node, ast.Import):
            names = [tuple(alias.name.split(".")) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = above + tuple((node.module or "").split(".") if node.module else ())
            names = [(*base, alias.name) for alias in node.names] if len(base) == 1 else [base]
        for name in names:
            if name[0] == "emoticare":
                known = len(name) > 1 and name[1] in RANKS
                yield node.lineno, name[1] if known else "__init__"


def test_every_module_belongs_to_a_layer():
    assert {layer_of(path) for path in MODULES} <= set(RANKS)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_imports_a_higher_layer(path):
    package = ("emoticare", *path.relative_to(PACKAGE).parts[:-1])
    own = RANKS[layer_of(path)]
    upward = [
        f"line {line} imports {layer}"
        for line, layer in imported_layers(path.read_text(encoding="utf-8"), package)
        if RANKS[layer] > own
    ]
    assert not upward


@pytest.mark.parametrize(
    "source",
    [
        "import emoticare.cli",
        "import emoticare.cli.app as app",
        "from emoticare.cli.app import main",
        "from emoticare.cli import app",
        "from emoticare import cli",
        "from ..cli import app",
        "from .. import cli",
        "def f():\n    from emoticare.cli import app",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import emoticare.cli",
        "try:\n    from emoticare.cli import app\nexcept ImportError:\n    app = None",
    ],
)
def test_every_way_to_import_is_seen(source):
    assert "cli" in dict(map(reversed, imported_layers(source, ("emoticare", "stages"))))


def test_the_package_itself_counts_as_a_layer():
    found = [layer for _, layer in imported_layers("from emoticare import load", ("emoticare",))]
    assert found == ["__init__"]


def test_importing_and_predicting_load_nothing_heavy(tiny_model_folder):
    program = f"""
import sys
import emoticare
def loaded():
    return sorted(set({HEAVY!r}) & set(sys.modules))
print(loaded(), "onnxruntime" in sys.modules)
emoticare.load({str(tiny_model_folder)!r})("so happy")
print(loaded())
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout == "[] False\n[]\n"
    assert done.stderr == ""
