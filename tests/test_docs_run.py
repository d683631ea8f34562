"""What stands in the pages of docs/ runs, and prints what they say."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from documented import (
    DOCS,
    FILES,
    NOT_RUN,
    PAGES,
    ROOT,
    Block,
    blocks,
    indented_code,
    is_alike,
    run_page,
    serving,
)

from emoticare.cli.app import app

BLOCKS = [(page, block) for page in PAGES for block in blocks(DOCS / page)]
COMMANDS = {"emoticare", "curl"}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("server")) as host:
        yield host


@pytest.mark.parametrize("name", PAGES)
def test_a_page_runs_and_prints_what_it_says(name: str, tmp_path: Path, host: str) -> None:
    for run in run_page(DOCS / name, tmp_path, host):
        assert run.is_as_shown, (
            f"{name}, line {run.block.line} shows\n{run.block.shown}\nand prints\n{run.printed}\n"
            "If that is right: python tests/write_docs_outputs.py"
        )


def commands(code: str) -> list[list[str]]:
    """Return the words of each command of `emoticare` in a shell's script."""
    found = []
    script = re.sub(r"<<'END'\n.*?^END$", "", code.replace("\\\n", " "), flags=re.M | re.S)
    for line in script.splitlines():
        words = shlex.shlex(line, posix=True, punctuation_chars="|><&;()")
        words.commenters = "#"
        words.whitespace_split = True
        command: list[str] = []
        for word in [*words, "|"]:
            if not set(word) <= set("|&;()"):
                command.append(word)
                continue
            if command[:1] == ["emoticare"]:
                end = next((i for i, word in enumerate(command) if word in ("<", ">", ">>")), None)
                found.append(command[1:end])
            command = []
    return found


def test_blocks_that_do_not_run_are_there() -> None:
    first_lines = {(page, block.first_line) for page, block in BLOCKS}
    assert set(NOT_RUN) <= first_lines


@pytest.mark.parametrize(
    "block",
    [block for page, block in BLOCKS if (page, block.first_line) in NOT_RUN],
    ids=lambda block: block.first_line,
)
def test_a_block_that_does_not_run_has_options_that_exist(block: Block) -> None:
    if block.language == "python":
        compile(block.code, block.first_line, "exec")
        return
    found = commands(block.code)
    assert found
    for words in found:
        command = typer.main.get_command(app)
        while hasattr(command, "commands"):
            command = command.commands[words.pop(0)]
        command.make_context("emoticare", words)


@pytest.mark.parametrize("name", PAGES)
def test_no_command_of_a_page_stands_in_a_block_that_nobody_runs(name: str) -> None:
    for line in indented_code(DOCS / name).splitlines():
        started = {part.split()[0] for part in line.partition("#")[0].split("|") if part.strip()}
        assert not COMMANDS & started, line


@pytest.mark.parametrize(("page", "block"), BLOCKS, ids=lambda value: getattr(value, "line", value))
def test_no_score_stands_in_a_comment_which_nobody_compares(page: str, block: Block) -> None:
    if block.language in ("python", "sh"):
        assert not re.search(r"#.*\b0\.\d|#.*\d ?%", block.code)


@pytest.fixture(scope="module")
def extras() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return set(project["optional-dependencies"])


def test_extras_that_pages_name_exist(extras: set[str]) -> None:
    for page in [ROOT / "README.md", *DOCS.rglob("*.md")]:
        text = page.read_text(encoding="utf-8")
        for named in re.findall(r"(?:emoticare|\.)\[([\w,]+)\]", text):
            assert set(named.split(",")) <= extras, page.name


def test_extras_of_the_readmes_table_and_of_recipes_exist(extras: set[str]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.partition("| task | command | extra | more |")[2].partition("\n\n")[0]
    columns = [re.split(r"(?<!\\)\|", row)[3] for row in table.splitlines() if row]
    recipes = re.findall(r"Extra:\s(`\w+`)", (DOCS / "cookbook.md").read_text(encoding="utf-8"))
    assert len(recipes) > 5
    for named in re.findall(r"`(\w+)`", " ".join([*columns, *recipes])):
        assert named in extras


def test_the_policy_of_the_page_is_the_one_that_its_commands_read() -> None:
    page = (DOCS / "moderation.md").read_text(encoding="utf-8")
    assert f"```toml\n{(FILES / 'policy.toml').read_text(encoding='utf-8')}```" in page


@pytest.mark.parametrize(
    ("shown", "printed", "alike"),
    [
        ("joy 0.91", "joy  0.92", True),
        ("joy 0.91", "joy 0.95", False),
        ("joy ━━━━━━ 91%", "joy ━━━━━━━ 92%", True),
        ("joy 91%", "joy 95%", False),
        ("joy 0.91", "love 0.91", False),
        ("3 rows", "4 rows", False),
        ("joy 0.91", "joy 0.91 love 0.50", False),
    ],
)
def test_outputs_differ_by_more_than_rounding(shown: str, printed: str, alike: bool) -> None:
    assert is_alike(shown, printed) is alike


def test_commands_are_found_in_a_script() -> None:
    script = (
        "cat a | emoticare predict --top-k 1 > b  # emoticare read\nls\nemoticare info \\\n  -h"
    )
    assert commands(script) == [["predict", "--top-k", "1"], ["info", "-h"]]
