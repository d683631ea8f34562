"""What pyproject.toml promises to those who install it; and what must follow the version."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import emoticare

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONSTRAINTS = [
    Requirement(line)
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def requirements(extra: str) -> list[Requirement]:
    of_extra = PROJECT["optional-dependencies"]
    return [Requirement(line) for line in (of_extra[extra] if extra else PROJECT["dependencies"])]


@pytest.mark.parametrize("extra", ["", "serve"])
def test_no_upper_bound_stops_a_resolver(extra):
    for requirement in requirements(extra):
        assert {spec.operator for spec in requirement.specifier} <= {">="}, requirement


def test_the_known_versions_are_allowed():
    known = {constraint.name: constraint.specifier for constraint in CONSTRAINTS}
    for requirement in requirements("") + requirements("serve"):
        for spec in known.get(requirement.name, []):
            assert spec.operator == "=="
            assert requirement.specifier.contains(spec.version), requirement


def test_an_example_of_the_server_and_the_changelog_have_the_version():
    answers = (ROOT / "src/emoticare/server/answers.json").read_text(encoding="utf-8")
    assert re.findall(r'"version": "([^"]+)"', answers) == [emoticare.__version__]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.findall(r"^## \[(\d[^\]]*)\]", changelog, re.MULTILINE)[0]
    assert newest == emoticare.__version__
