"""The API page in a real browser: what it shows of each route, its samples run, it fits."""

import io
import re
import subprocess
from collections.abc import Iterator
from contextlib import redirect_stdout

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .conftest import RunningServer, running
from .visits import LOOKS, Visit

KEY = "key-of-the-test"


@pytest.fixture(scope="module")
def locked(tiny, tmp_path_factory) -> Iterator[RunningServer]:
    counts = tmp_path_factory.mktemp("counts") / "counts.sqlite"
    with running(lambda: tiny, dashboard=counts, api_keys=(KEY,)) as server:
        yield server


@pytest.fixture
def page(browser, locked) -> Iterator[Page]:
    visit = Visit(browser, f"{locked.url}/docs", **LOOKS["light"])
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    expect(visit.page.locator(".panel").first).to_be_visible()
    yield visit.page
    visit.context.close()
    check(visit, locked, "401")


def check(visit: Visit, server: RunningServer, expected: str = "none") -> None:
    """Check that the page did nothing that it should not."""
    assert all(fault.startswith(server.url) or expected in fault for fault in visit.faults)


def operations(server: RunningServer) -> dict[str, dict]:
    paths = server.get("/openapi.json").json["paths"]
    return {
        operation["operationId"]: operation
        for path in paths.values()
        for operation in path.values()
        if "text/html" not in operation["responses"]["200"]["content"]
    }


def test_every_route_is_in_the_contents_with_all_that_it_takes_and_gives(page, locked):
    for name, operation in operations(locked).items():
        route = page.locator(f"article#{name}")
        expect(page.locator(f"#links a[href='#{name}']")).to_have_count(1)
        expect(route.locator("h3")).to_be_visible()
        errors = [status for status in operation["responses"] if int(status) >= 400]
        assert route.locator(".errors tbody tr").count() == len(errors)
        captions = route.locator("caption").all_text_contents()
        assert ("Request" in captions) == ("requestBody" in operation)
        if "application/json" in operation["responses"]["200"]["content"]:
            assert "Answer" in captions
            assert route.locator(".answer code").text_content(), name


def test_fields_say_what_must_be_sent(page):
    request = page.locator("#predict_emotions table").first
    rows = {row.locator("th").inner_text(): row for row in request.locator("tbody tr").all()}
    assert list(rows)[:2] == ["text", "texts"]
    expect(rows["text"]).to_contain_text("one of these")
    expect(rows["top_k"]).to_contain_text("From 1 to 1000")
    expect(rows["priority"]).to_contain_text('"normal" or "low"')
    assert not [name for name in rows if name in ("joy", "grief")]  # 28 labels are one row


def test_samples_run_in_each_language(page):
    panel = page.locator("#predict_emotions .panel")

    def sample(language: str) -> str:
        panel.get_by_role("button", name=language).click()
        code = panel.get_by_role("group", name="The request").text_content() or ""
        return code.replace("Bearer KEY", f"Bearer {KEY}")

    done = subprocess.run(
        sample("curl"), shell=True, capture_output=True, text=True, check=True, timeout=60
    )
    assert '"results"' in done.stdout
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(sample("Python"), "sample", "exec"), {})
    assert "'results'" in printed.getvalue()
    script = sample("JavaScript").replace("console.log(", "return (")
    assert page.evaluate(f"(async () => {{ {script} }})()")["results"]
    page.reload()
    expect(page.locator(".panel").first).to_be_visible()
    pressed = page.locator(".tabs button[aria-pressed=true]")
    assert set(pressed.all_inner_texts()) == {"JavaScript"}  # kept, and the same for all routes


def test_an_example_is_chosen_and_copied(page):
    panel = page.locator("#predict_emotions .panel")
    panel.get_by_label("Example").select_option("the three best scores")
    panel.get_by_role("button", name="Copy the request").click()
    expect(panel.get_by_text("Copied")).to_be_visible()
    expect(page.locator("#announcer")).to_have_text("Copied")
    assert '"top_k":3' in re.sub(r"\s", "", page.evaluate("navigator.clipboard.readText()"))
    expect(panel.locator(".answer code")).to_contain_text('"pride"')


def test_code_is_copied_where_the_clipboard_is_closed(page):
    closed = "navigator.clipboard.writeText = () => Promise.reject(new Error('closed'));"
    page.evaluate(f"() => {{ {closed} }}")
    panel = page.locator("#predict_emotions .panel")
    panel.get_by_role("button", name="Copy the request").click()
    expect(panel.get_by_text("Copied")).to_be_visible()
    assert "curl" in page.evaluate("navigator.clipboard.readText()")


def test_a_request_is_tried_against_this_server(page):
    panel = page.locator("#predict_emotions .panel")
    panel.get_by_role("button", name="Try it").click()
    body = panel.get_by_label("Body of the request")
    body.fill('{"text": "so happy", "top_k": 1}')
    panel.get_by_role("button", name="Send").click()
    expect(panel.locator(".heard")).to_contain_text("401")
    # What no header can hold is not sent.
    page.get_by_label("Key", exact=True).fill("gehe\u043c")
    body.press("Control+Enter")
    expect(panel.locator(".heard")).to_contain_text("401")
    expect(page.locator("#key:invalid")).to_have_count(1)
    page.get_by_label("Key", exact=True).fill(KEY)
    body.press("Control+Enter")
    expect(panel.locator(".heard")).to_contain_text("Answer of this server, 200")
    expect(panel.locator(".answer code")).to_contain_text('"n_tokens"')
    counts = page.locator("#get_dashboard_counts .panel")
    counts.get_by_role("button", name="Try it").click()
    counts.get_by_label("hours").fill("2")
    counts.get_by_role("button", name="Send").click()
    expect(counts.locator(".heard")).to_contain_text("200")
    expect(counts.locator(".answer code")).to_contain_text('"/v1/emotions"')


def test_an_address_leads_to_its_route(browser, locked):
    visit = Visit(browser, f"{locked.url}/docs#get_info", **LOOKS["light"])
    expect(visit.page.locator("#get_info h3")).to_be_in_viewport()
    check(visit, locked)
    visit.context.close()


def test_it_is_accessible_and_fits_with_all_of_it_open(browser, locked):
    visit = Visit(browser, f"{locked.url}/docs", bypass_csp=True, **LOOKS["dark"])
    page = visit.page
    expect(page.locator(".panel").first).to_be_visible()
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    for width in (320, 390, 768, 1024, 1280, 1600):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
    page.set_viewport_size(LOOKS["dark"]["viewport"])
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    check(visit, locked)
    visit.context.close()
