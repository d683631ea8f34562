"""The dashboard in a real browser: what it says of little, of change, of trouble."""

import re
import time
from collections.abc import Iterator

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from emoticare.labels import LABELS
from emoticare.server.claims import Origin
from emoticare.server.dashboard import EmotionCounts

from .conftest import RunningServer, running
from .test_page import SCREENSHOTS
from .visits import LOOKS, Visit

HOUR_S = 3600
WEB, SHOP = Origin("/v1/emotions", "web"), Origin("/v1/moderations", "shop")
KEY = "key-of-the-test"
ONE_LINE_PX = 18
HEIGHTS = """cells => cells.map((cell) => {
  const range = document.createRange();
  range.selectNodeContents(cell);
  return range.getBoundingClientRect().height;
})"""


def count(counts: EmotionCounts, hours_ago: float, origin: Origin = WEB, **emotions: int) -> None:
    """Count 100 texts, so many of which carry each emotion."""
    texts = np.arange(100)[:, None] < [emotions.get(label, 0) for label in LABELS]
    counts.add(texts, [origin] * 100, now_s=time.time() - hours_ago * HOUR_S)


@pytest.fixture(scope="module")
def busy(tiny, tmp_path_factory) -> Iterator[RunningServer]:
    """A server that was busy for two weeks: lately annoyed, with a day of silence."""
    path = tmp_path_factory.mktemp("counts") / "counts.sqlite"
    with running(lambda: tiny, dashboard=path) as server:
        counts = server.service.counts
        for hours_ago in range(1, 14 * 24, 3):
            is_late = hours_ago < 7 * 24
            if not 48 <= hours_ago < 72:
                count(counts, hours_ago, joy=20, annoyance=30 if is_late else 10, grief=1)
        count(counts, 4, SHOP, joy=50)
        joyful = np.array([[label == "joy" for label in LABELS]] * 5)
        counts.add(joyful, [WEB] * 5, now_s=time.time() - 60 * HOUR_S)
        yield server


def open_dashboard(browser, server: RunningServer, query: str = "", **options) -> Visit:
    options = options or LOOKS["light"]
    visit = Visit(browser, f"{server.url}/dashboard{query}", **options)
    visit.page.wait_for_selector("body[data-texts]")
    return visit


def close(visit: Visit, server: RunningServer) -> None:
    visit.faults = [fault for fault in visit.faults if not fault.startswith(server.url)]
    visit.close()


@pytest.fixture
def page(browser, busy) -> Iterator[Page]:
    visit = open_dashboard(browser, busy)
    yield visit.page
    visit.context.close()


def test_names_in_the_table_stand_at_its_edge(page):
    name = page.locator(".drift .plain").first
    edge = page.locator(".drift").bounding_box()
    room = name.evaluate("(one) => getComputedStyle(one).paddingLeft")
    assert (room, name.bounding_box()["x"]) == ("0px", pytest.approx(edge["x"], abs=0.5))


def test_on_a_phone_no_figure_of_the_table_breaks(browser, busy):
    visit = open_dashboard(browser, busy, **LOOKS["phone"])
    heights = visit.page.locator(".drift tbody td:not(.bar)").evaluate_all(HEIGHTS)
    assert 0 < max(heights) < 2 * ONE_LINE_PX
    visit.page.set_viewport_size({"width": 320, "height": 740})
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 320
    visit.context.close()


def test_a_change_is_told_beside_the_period_before_and_only_if_it_is_one(page):
    negative = page.locator("#totals .negative")
    expect(negative).to_contain_text("points, from 10%")
    assert "▲" in negative.inner_text()
    expect(page.locator("#totals .ambiguous")).to_contain_text("no clear change from 0%")
    clear = page.locator("#drift tr.clear")
    expect(clear.locator("th")).to_have_text(["annoyance"])
    expect(page.locator("#drift tr.unclear", has_text="grief")).to_be_visible()
    page.get_by_text("Most changed").click()
    expect(page.locator("#drift th").first).to_have_text("annoyance")


def test_a_longer_time_before_can_be_compared_with(page):
    page.get_by_label("Beside").select_option("the 28 days before")
    expect(page.locator(".beside").first).to_have_text("the 28 days before")
    expect(page.locator("#totals > div").first).to_contain_text("counted since")


def test_values_are_read_with_the_pointer_and_by_keyboard(page):
    whole = page.locator("#moment").inner_text()
    chart = page.locator("#course svg")
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + 60)
    expect(page.locator("#moment")).not_to_have_text(whole)
    expect(page.locator("#course .cross")).to_have_attribute("visibility", "visible")
    page.mouse.move(5, 5)
    expect(page.locator("#moment")).to_have_text(whole)
    scrub = page.get_by_role("slider", name="Time")
    scrub.focus()
    for _ in range(2):
        scrub.press("ArrowLeft")
    said = scrub.get_attribute("aria-valuetext") or ""
    assert re.search(r"20\d\d, \d\d:00.*100 texts: positive 20% \(13–29\)", said), said
    assert page.locator("#moment strong").inner_text() in said


def test_few_texts_make_no_line_and_silence_is_a_gap(page):
    assert page.locator("#course path.line").count() == 6  # three feelings, before and after
    assert page.locator("#course .few").count() == 3
    ticks = page.locator("#course .tick").all_text_contents()
    assert "50%" in ticks
    assert "100%" not in ticks


def test_few_texts_are_compared_with_nothing(page):
    page.get_by_text("24 hours").click()
    page.locator("[name=key_name]").select_option("shop")
    expect(page.locator("body")).to_have_attribute("data-texts", "100")
    expect(page.locator("#totals .negative")).to_contain_text("too few texts before to compare")
    expect(page.locator("#drift .change").first).to_have_text("–")
    expect(page.locator("#absent")).to_contain_text("Changes need 30 texts in both periods.")
    assert page.locator("#drift tr.clear").count() == 0


@pytest.mark.parametrize("hours", ["24", "168", "720", "8760"])
def test_the_axis_names_the_year(browser, busy, hours):
    visit = open_dashboard(browser, busy, f"?hours={hours}")
    year = time.strftime("%Y")
    assert any(year in tick for tick in visit.page.locator("#course .tick").all_text_contents())
    visit.context.close()


def test_one_route_or_key_is_shown_and_the_address_keeps_it(page):
    page.locator("[name=key_name]").select_option("shop")
    expect(page.locator("body")).to_have_attribute("data-texts", "100")
    expect(page.locator("#totals .positive")).to_contain_text("50%")
    page.reload()
    expect(page.locator("body")).to_have_attribute("data-texts", "100")
    page.locator("[name=route]").select_option("/v1/emotions")
    expect(page.get_by_role("heading", name="No texts in the last 7 days")).to_be_visible()
    page.get_by_role("button", name="Show all routes and keys").click()
    expect(page.locator("#totals .now").first).to_have_text("4,905")


def test_an_emotion_shows_its_course(page):
    page.get_by_role("button", name="annoyance").click()
    expect(page.get_by_role("heading", name="Texts with annoyance")).to_be_visible()
    expect(page.locator("#values > div")).to_have_count(1)
    assert "show=annoyance" in page.url
    page.get_by_role("button", name="Back to all feelings").click()
    expect(page.locator("#values > div")).to_have_count(3)


def test_a_card_is_used_to_its_edge(page):
    card = page.locator(".card", has=page.locator("#drift")).bounding_box()
    table = page.locator(".drift").bounding_box()
    assert table["width"] > 0.9 * card["width"]


def test_a_server_without_texts_says_how_to_begin(browser, tiny, tmp_path):
    with running(lambda: tiny, dashboard=tmp_path / "counts.sqlite") as server:
        visit = open_dashboard(browser, server)
        expect(visit.page.get_by_role("heading", name="Nothing has been scored")).to_be_visible()
        expect(visit.page.locator("#empty-example")).to_contain_text(f"{server.url}/v1/emotions")
        assert visit.page.locator("#figures").is_hidden()
        assert_accessible(visit.page, "dashboard-empty")
        close(visit, server)


def test_a_server_that_is_gone_leaves_pale_figures_and_is_asked_again(page):
    page.route("**/v1/dashboard*", lambda route: route.abort())
    page.get_by_text("24 hours").click()
    expect(page.get_by_role("alert")).to_contain_text("does not answer. These are the figures of")
    expect(page.locator("#figures")).to_have_class(re.compile("stale"))
    page.unroute("**/v1/dashboard*")
    expect(page.get_by_role("alert")).to_be_hidden(timeout=20_000)
    expect(page.locator("#figures")).not_to_have_class(re.compile("stale"))


def test_a_wrong_key_is_told(browser, tiny, tmp_path):
    with running(lambda: tiny, dashboard=tmp_path / "c.sqlite", api_keys=(KEY,)) as server:
        visit = Visit(browser, f"{server.url}/dashboard", **LOOKS["light"])
        for key in ("wrong", KEY):
            visit.page.get_by_label("asks for a key").fill(key)
            visit.page.get_by_role("button", name="Use it").click()
            if key == "wrong":
                expect(visit.page.get_by_role("alert")).to_have_text(
                    "This is no key of this server."
                )
        expect(visit.page.locator("#empty")).to_be_visible()
        expect(visit.page.locator("#key-form")).to_be_hidden()
        visit.context.close()


@pytest.mark.parametrize("look", LOOKS)
def test_it_is_accessible_and_fits(browser, busy, look):
    visit = open_dashboard(browser, busy, bypass_csp=True, **LOOKS[look])
    assert_accessible(visit.page, f"dashboard-{look}")
    for width in (320, 768, 1600):
        visit.page.set_viewport_size({"width": width, "height": 900})
        assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
    close(visit, busy)


def assert_accessible(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
