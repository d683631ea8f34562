"""The documentation builds without a warning, loads only its own, and its links lead on."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import write_tables
from playwright.sync_api import sync_playwright

from emoticare.evaluation.gold import REDDIT
from emoticare.model.artifact import load_artifact

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
LOADED = re.compile(
    r"""<(?:script|img|iframe|source)\b[^>]*\bsrc="([^"]+)|<link\b[^>]*href="([^"]+)"""
)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
SCREENSHOTS = ROOT / "screenshots"


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", DOCS, folder],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_is_there_and_loads_only_its_own(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > len(list(DOCS.rglob("*.md")))
    for page in pages:
        for found in LOADED.findall(page.read_text(encoding="utf-8")):
            address = found[0] or found[1]
            assert not re.match(r"(https?:)?//", address), (page.name, address)


def test_a_browser_asks_for_nothing_from_elsewhere(site):
    chromium = shutil.which(os.environ.get("EMOTICARE_CHROMIUM", "chromium"))
    if chromium is None:
        pytest.skip("set EMOTICARE_CHROMIUM to a Chromium")
    faults = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "request",
            lambda sent: None if sent.url.startswith("file:") else faults.append(sent.url),
        )
        for name in ("architecture", "api", "index"):
            page.goto((site / f"{name}.html").as_uri())
            page.wait_for_load_state("networkidle")
            SCREENSHOTS.mkdir(exist_ok=True)
            page.screenshot(path=SCREENSHOTS / f"docs-{name}.png")
        browser.close()
    assert faults == []


def test_the_api_pages_document_what_is_exported(site):
    import emoticare

    page = (site / "api.html").read_text(encoding="utf-8")
    for name in set(emoticare.__all__) - {"__version__"}:
        # A class may stand under the name of the module that defines it.
        assert re.search(rf'id="emoticare\.(\w+\.)*{name}"', page), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_within_the_repository_lead_somewhere(page):
    text = re.sub(r"^```.*?^```|^    .*?$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    for target in LINK.findall(text):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target).exists(), target


def test_the_readmes_python_runs():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```python\n(.*?)^```", text, flags=re.M | re.S)
    names: dict = {}
    exec(block, names)
    assert names["p"].labels == ["pride", "joy"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_in_the_pages_exist(page):
    from emoticare.cli.app import app

    known = {command.name or command.callback.__name__ for command in app.registered_commands}
    known = {name.replace("_", "-") for name in known} | {"export"}
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"(?:^(?: {4})?(?:.*\| )?|`)emoticare ([a-z][a-z-]*)", text, flags=re.M)
    assert set(named) <= known


@pytest.mark.parametrize("page", write_tables.pages(), ids=lambda page: page.name)
def test_tables_of_benchmarks_are_of_the_embedded_model(page):
    for table in write_tables.marked_tables(page):
        assert load_artifact().digest.startswith(table.model), table.command
        assert (ROOT / table.command.split()[0]).is_file()


def test_no_marked_table_is_overlooked():
    for page in write_tables.pages():
        n_marks = len(re.findall("<!-- benchmarks/", page.read_text(encoding="utf-8")))
        assert n_marks == len(list(write_tables.marked_tables(page))), page


def test_a_table_takes_the_place_of_the_one_before(tmp_path, monkeypatch):
    printed = ["| a |\n|---|\n| 1 |\n", "| b |\n|---|\n| 2 |\n"]
    monkeypatch.setattr(write_tables, "printed_tables", lambda *_: printed)
    page = tmp_path / "page.md"
    mark = "<!-- benchmarks/groups.py --data goemotions/; table 2; model {} -->\n"
    page.write_text(f"Before.\n\n{mark.format('0')}| old |\n|---|\n\n| other |\n")
    write_tables.write(page, tmp_path, "abc")
    assert page.read_text() == f"Before.\n\n{mark.format('abc')}{printed[1]}\n| other |\n"


def test_constants_in_the_pages_are_those_of_the_embedded_model():
    fitted = load_artifact().config.fitted
    groups, documents = ((DOCS / name).read_text() for name in ("groups.md", "documents.md"))
    assert f"noisy-or + {fitted.exclusivity:g} (sum" in groups
    assert f"raised by {fitted.documents.score_shift:g}," in documents


def test_figures_of_the_test_split_are_those_of_the_embedded_model():
    in_reddit = load_artifact().in_domain(REDDIT)  # as `evaluate` reads GoEmotions
    path = ROOT / "src/emoticare/model/embedded/evaluation.json"
    figures = json.loads(path.read_text(encoding="utf-8"))
    assert figures["model"] == in_reddit.digest
    f1 = " | ".join(interval(figures, name) for name in ("macro_f1", "micro_f1"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8").replace("**", "")
    assert f"| {f1} | {interval(figures, 'bce_loss', 4)} |" in readme
    precision = f"Mean average precision {figures['mean_average_precision']:.3f}"
    assert (
        f"{precision}, expected calibration\nerror {figures['expected_calibration_error']:.4f}"
        in readme
    )
    accuracy = (DOCS / "accuracy.md").read_text(encoding="utf-8").replace("**", "")
    cells = f"{f1} | {interval(figures, 'mean_average_precision')} | {figures['bce_loss']:.4f}"
    assert f"in the package | {cells} |" in accuracy


def interval(figures, name, digits=3):
    value, low, high = (figures[name + end] for end in ("", "_ci_low", "_ci_high"))
    return f"{value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"
