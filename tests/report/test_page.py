"""The page in a real browser: it draws, loads nothing and says nothing on the console."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from emoticare.report import make_report

from .conftest import write_table

SCREENSHOTS = Path(__file__).parents[2] / "screenshots"


@pytest.fixture(scope="module")
def address(report, tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(report.to_html(), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def page(browser, address) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    page.on("request", lambda sent: faults.append(sent.url) if sent.url != address else None)
    page.goto(address)
    page.wait_for_selector("body[data-drawn]", timeout=30_000)
    yield page
    assert faults == []
    context.close()


def test_every_figure_is_drawn(page, report):
    assert page.locator(".live svg.marks").count() == len(report.figures) == 7
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "report.png", full_page=True)


def test_another_emotion_can_be_chosen(page):
    chart = page.locator("#emotion_over_time")
    chart.get_by_label("Emotion shown").select_option("joy")
    chart.locator("svg text", has_text="joy").wait_for()


def test_a_point_says_what_it_is(page):
    page.locator("#emotions path[aria-roledescription=bar]").first.hover(force=True)
    page.locator("#vg-tooltip-element.visible td.key", has_text="share").wait_for()


def test_hostile_group_names_are_only_text(page):
    chart = page.locator("#groups")
    chart.locator("svg text", has_text="</script>").first.wait_for()
    assert page.locator("img").count() == 0


def test_it_is_accessible(page):
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("rows", [1, 10, 60])
def test_few_rows_draw_without_complaint(browser, rows, tiny_artifact, settings, tmp_path):
    table = write_table(tmp_path / "few.csv", rows, scored=True)
    path = tmp_path / "few.html"
    path.write_text(make_report([str(table)], settings, model=tiny_artifact).to_html())
    page = browser.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(path.as_uri())
    page.wait_for_selector("body[data-drawn]", timeout=30_000)
    page.close()
    assert faults == []


def test_it_fits_a_phone(page):
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_overflows(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_last_bar_of_texts_is_as_wide_as_its_bin(page):
    bars = page.locator("#sentiments_over_time .texts_marks path")
    assert bars.last.bounding_box()["width"] >= 1


def test_print_is_at_most_six_pages(page):
    printed = page.pdf(prefer_css_page_size=True)
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 6
