"""A visit to the page in a real browser, and what it did that it should not."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from emoticare.classifier import EmotionClassifier

from .conftest import RunningServer, running

PROUD = "I'm so proud of everything we've built together!"
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1200, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1200, "height": 900}},
    "phone": {"color_scheme": "light", "viewport": {"width": 360, "height": 740}},
}


@pytest.fixture(scope="module")
def site(embedded: EmotionClassifier) -> Iterator[RunningServer]:
    with running(lambda: embedded) as server:
        yield server


class Visit:
    """A page, and whatever it does that it should not."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.faults: list[str] = []
        self.page.on("console", lambda message: self.faults.append(message.text))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", lambda request: self._check(request.url, url))
        self.page.goto(url)

    def _check(self, requested: str, url: str) -> None:
        if not requested.startswith((url, "blob:")):
            self.faults.append(requested)

    def open(self, view: str) -> None:
        self.page.get_by_role("link", name=view, exact=True).click()

    def close(self) -> None:
        self.context.close()
        assert not self.faults, self.faults


@pytest.fixture
def visit(browser: Browser, site: RunningServer) -> Iterator[Visit]:
    visit = Visit(browser, site.url, accept_downloads=True, **LOOKS["light"])
    yield visit
    visit.close()


def open_file(page: Page, name: str, content: str | bytes) -> None:
    page.get_by_role("link", name="File", exact=True).click()
    buffer = content if isinstance(content, bytes) else content.encode()
    page.set_input_files("#file", {"name": name, "mimeType": "", "buffer": buffer})


def score_file(page: Page, name: str, content: str | bytes) -> None:
    open_file(page, name, content)
    page.get_by_role("button", name="Score it").click()
    expect(page.locator("#charts")).to_be_visible()


def downloaded(page: Page) -> list[list[str]]:
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the scores").click()
    content = Path(download.value.path()).read_text(encoding="utf-8")
    return list(csv.reader(io.StringIO(content, newline="")))
