"""The page in a real browser: it draws, loads nothing and says nothing on the console."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

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


def test_on_a_phone_contents_are_folded_and_groups_say_how_many_texts(browser, address):
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("body[data-drawn]", timeout=30_000)
    contents = page.get_by_role("navigation", name="Contents")
    expect(contents.get_by_role("link").first).to_be_hidden()
    contents.get_by_text("Contents").click()
    expect(contents.get_by_role("link").first).to_be_visible()
    words = page.locator("#groups svg text").all_text_contents()
    assert "n" in words
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(contents.get_by_text("Contents")).to_be_hidden()
    expect(contents.get_by_role("link").first).to_be_visible()
    context.close()


def test_axes_write_shares_as_the_words_do(page):
    axes = page.locator("svg .role-axis-label text").all_text_contents()
    shares = [word for word in axes if "%" in word]
    assert shares
    assert all(re.fullmatch(r"\d+(\.\d+)?%", word) for word in shares)


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_overflows(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_last_bar_of_texts_is_as_wide_as_its_bin(page):
    bars = page.locator("#sentiments_over_time .texts_marks path")
    assert bars.last.bounding_box()["width"] >= 1


def choose(page, **wanted):
    """Choose in the form as a reader does, and wait until all charts have followed."""
    for name, value in wanted.items():
        page.locator(f"#choice [name={name}]").select_option(value)
    drawn(page)


def drawn(page):
    page.wait_for_timeout(50)
    page.wait_for_selector("body[data-drawn]", timeout=60_000)


def tiles(page):
    return page.locator(".tiles dd:nth-of-type(1)").all_inner_texts()


def test_all_charts_tiles_and_examples_follow_a_choice(page):
    pictures = ".live svg.marks"
    charts = page.locator(pictures).evaluate_all("all => all.map((one) => one.outerHTML)")
    before = tiles(page)
    page.locator("#examples summary").first.click()
    of_all = page.locator("#examples blockquote").all_inner_texts()
    choose(page, group="red", until="2024-04-07")
    now = page.locator(pictures).evaluate_all("all => all.map((one) => one.outerHTML)")
    assert len(now) == len(charts)
    assert not set(charts) & set(now)
    assert tiles(page)[0] == "179" != before[0]
    assert page.locator(".headline").inner_text().startswith("Of 179 texts,")
    assert page.locator("#choice output").inner_text() == (
        "179 of 2,000 texts: “red”, 2024-01-01 to 2024-04-07."
    )
    assert page.locator("#examples blockquote").all_inner_texts() != of_all
    assert page.locator("#stands-out, .says").evaluate_all(
        "all => all.every((one) => !one.checkVisibility())"
    )
    page.get_by_role("button", name="Show all").click()
    drawn(page)
    assert tiles(page) == before
    assert page.locator("#examples blockquote").all_inner_texts() == of_all
    assert page.locator("#stands-out").is_visible()


def test_a_choice_is_made_with_the_keyboard(page):
    page.locator("#choice [name=group]").focus()
    page.keyboard.press("ArrowDown")
    drawn(page)
    assert page.locator("#choice [name=group]").input_value() == "0"
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    drawn(page)
    # A beginning after the end takes the end along.
    ends = page.locator("#choice select").evaluate_all("all => all.map((one) => one.value)")[1:]
    assert ends[0] == ends[1] != "0"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    drawn(page)
    assert page.locator("#choice output").inner_text() == "All 2,000 texts."


def test_a_choice_of_few_texts_says_so_and_leaves_out_what_needs_more(page):
    choose(page, group="red", **{"from": "2024-12-30"})
    assert "Few texts" in page.locator("#choice output").inner_text()
    empty = page.locator("#figure-sentiments_over_time .empty")
    assert empty.is_visible()
    assert not page.locator("#sentiments_over_time").is_visible()
    page.emulate_media(media="print")
    assert empty.is_visible()


def test_a_chosen_emotion_outlives_a_choice(page):
    chart = page.locator("#emotion_over_time")
    chart.get_by_label("Emotion shown").select_option("joy")
    choose(page, group="red")
    assert chart.get_by_label("Emotion shown").input_value() == "joy"
    chart.locator("svg text", has_text="joy").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_choice_is_accessible_and_fits_a_phone(page, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 390, "height": 800})
    choose(page, group="red")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_what_is_chosen_is_printed_in_light_colours(page):
    page.emulate_media(media="print")
    assert not page.locator("#choice").is_visible()
    page.emulate_media(media="screen", color_scheme="dark")
    choose(page, group="red")
    page.emulate_media(media="print")
    assert page.locator("#choice output").is_visible()
    assert not page.locator("#choice select").first.is_visible()
    shown = page.locator("#figure-emotions .chart > *:visible")
    assert shown.evaluate_all("all => all.map((one) => one.className)") == ["still chosen"]
    ink = shown.locator("text").first.evaluate("(one) => getComputedStyle(one).fill")
    assert ink == "rgb(31, 28, 36)"
    printed = page.pdf(prefer_css_page_size=True)
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 6


def test_without_scripts_all_charts_show_and_nothing_can_be_chosen(browser, address, report):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator(".still.wide svg:visible").count() == len(report.figures)
    assert not page.locator("#choice").is_visible()
    context.close()


def test_print_is_at_most_six_pages(page):
    printed = page.pdf(prefer_css_page_size=True)
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 6
