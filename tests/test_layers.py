"""Low layers never import high ones, not even inside a function or for types only."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import emoticare

PACKAGE = Path(emoticare.__file__).parent
# Each imports only those above it.
LAYERS = (
    "_version", "errors", "labels", "data", "stages", "network", "model", "prediction", "engines",
    "meaning", "classifier", "bulk", "export", "evaluation", "training", "report", "integrations",
    "server", "__init__", "cli", "__main__",
)  # fmt: skip
RANKS = {layer: rank for rank, layer in enumerate(LAYERS)}
MOST_FLOORS = 8
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
    """Yield the line and the layer of each import of the package itself.

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


def layers_below(path: Path) -> set[str]:
    package = ("emoticare", *path.relative_to(PACKAGE).parts[:-1])
    found = {layer for _, layer in imported_layers(path.read_text(encoding="utf-8"), package)}
    return found - {layer_of(path)}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_lower_layers_only(path):
    own = RANKS[layer_of(path)]
    assert [layer for layer in layers_below(path) if RANKS[layer] >= own] == []


def test_the_house_has_few_floors():
    """The longest chain of entries that import one another, without the way in."""
    below = {layer: set() for layer in LAYERS}
    for path in MODULES:
        below[layer_of(path)] |= layers_below(path)
    floors = {}
    for layer in LAYERS:
        floors[layer] = 1 + max((floors[lower] for lower in below[layer]), default=0)
    assert max(floors[layer] for layer in LAYERS if layer != "__main__") <= MOST_FLOORS


def test_no_modules_import_one_another_in_a_circle():
    names = {module_name(path): path for path in MODULES}
    graph = {
        name: set(imported_modules(path.read_text(encoding="utf-8"), set(names))) - {name}
        for name, path in names.items()
    }
    # `prepare` refuses a circle and names it.
    TopologicalSorter(graph).prepare()


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(("emoticare", *parts)).removesuffix(".__init__")


def imported_modules(source: str, known: set[str]) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module in known:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in known else node.module


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
