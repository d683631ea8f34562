"""What `import emoticare` offers."""

import ast
import inspect
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import emoticare
from emoticare import errors

# Raised and caught within the command line only.
INTERNAL_ERRORS = {"FailedRowsError", "InterruptedRunError"}


def sort_key(name: str) -> tuple[int, str]:
    """Constants, classes, the rest: the order of ruff's RUF022."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def test_all_is_sorted_and_has_no_repeats():
    assert emoticare.__all__ == sorted(set(emoticare.__all__), key=sort_key)


def test_all_is_what_the_package_imports():
    tree = ast.parse(Path(emoticare.__file__).read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    own = [node for node in imports if node.module.startswith("emoticare.")]
    # What is imported when it is first used stands there twice, once for type checkers.
    names = {alias.asname or alias.name for node in own for alias in node.names}
    assert sorted(names) == sorted(emoticare.__all__)
    assert all(hasattr(emoticare, name) for name in emoticare.__all__)


def test_every_error_a_user_may_catch_is_public():
    found = {
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, emoticare.EmoticareError)
    }
    assert found - INTERNAL_ERRORS <= set(emoticare.__all__)


@pytest.mark.parametrize("name", sorted(set(emoticare.__all__) - {"LABELS", "__version__"}))
def test_every_public_name_is_documented(name):
    value = getattr(emoticare, name)
    assert len(inspect.getdoc(value) or "") > 20
    if not inspect.isclass(value):
        return
    for member, attribute in vars(value).items():
        if inspect.isfunction(attribute) and (member == "__call__" or not member.startswith("_")):
            assert len(inspect.getdoc(attribute) or "") > 20, f"{name}.{member}"


def test_labels_are_the_28_of_goemotions():
    assert len(emoticare.LABELS) == len(set(emoticare.LABELS)) == 28
    assert emoticare.LABELS[0] == "admiration"
    assert emoticare.LABELS[-1] == "neutral"


def test_errors_have_an_exit_code_and_a_status():
    assert emoticare.EmoticareError.exit_code == 1
    assert emoticare.UsageError.exit_code == emoticare.ThresholdError.exit_code == 2
    assert emoticare.InputError.http_status == 422
    assert str(emoticare.MissingExtraError("Training", "train")).endswith("'emoticare[train]'")


def test_what_is_imported_later_is_listed_and_there():
    assert set(emoticare.__all__) <= set(dir(emoticare))
    program = """
import sys, emoticare
later = [name for name in sys.modules if name.startswith("emoticare.meaning.")]
print([name for name in later if "moderation" in name or "conversation" in name])
from emoticare import Conversation, Explanation, Moderator, Policy, TurnEvent
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout == "[]\n"


def test_a_close_name_is_suggested():
    with pytest.raises(AttributeError, match="no attribute 'Moderater'") as caught:
        _ = emoticare.Moderater
    assert caught.value.name == "Moderater"
    assert caught.value.obj is emoticare


def test_pip_knows_which_python_it_needs():
    content = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(content)["project"]
    assert project["requires-python"] == ">=3.11"
    # Older versions of pip look at this only when they have found all dependencies.
    (runtime,) = (name for name in project["dependencies"] if name.startswith("onnxruntime"))
    assert runtime.endswith("; python_version >= '3.11'")
    versions = [c for c in project["classifiers"] if c.startswith("Programming Language")]
    assert versions == [
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3 :: Only",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
    ]
