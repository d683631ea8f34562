"""What the page costs its reader: bytes of the first load, time to scores, moves while typing.

    python benchmarks/page_budget.py

Starts a server, opens its page a few times in a headless Chromium with nothing kept, and prints the
medians as JSON: the bytes of all bodies and headers as they come, compressed; milliseconds from the
beginning of the load until the example's scores stand, and until those of a text do that is typed
in at once; how far what is shown moves while two sentences are typed (1 is all of the window by its
height; what browsers forgive soon after a key counts, too). Fails where more bytes come than the
budget allows.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright
from servers import started

PORT = 8323
URL = f"http://127.0.0.1:{PORT}"
MOST_BYTES = 150_000
TYPED = "I was so nervous before the talk. Now I am just happy that it went well!"
KEY_MS = 40
WATCH = """
window.seen = {};
window.moved = 0;
const note = () => {
  const state = document.getElementById("text-result")?.dataset.state;
  if (state) window.seen[state] ??= performance.now();
};
new MutationObserver(note).observe(document, {
  subtree: true, childList: true, attributes: true, attributeFilter: ["data-state"],
});
new PerformanceObserver((list) => {
  for (const { value } of list.getEntries()) window.moved += value;
}).observe({ type: "layout-shift", buffered: true });
"""

# What a frame has moved is known once the next is drawn, on a busy machine much later.
MOVED = """() => new Promise((tell) => {
  const frames = (n) => n ? requestAnimationFrame(() => frames(n - 1)) : tell(window.moved);
  frames(3);
})"""


def visit(browser: Browser, url: str) -> dict[str, float]:
    """Load the page, type, and return what that cost."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.add_init_script(WATCH)
    sizes: list[dict[str, Any]] = []
    page.on("requestfinished", lambda request: sizes.append(dict(request.sizes())))
    page.goto(url)
    page.wait_for_selector("#text-result[data-state=example]")
    page.wait_for_load_state("networkidle")
    loaded = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
    n_requests = len(sizes)
    example_ms = page.evaluate("seen.example")
    moved_before = page.evaluate(MOVED)
    page.locator("#text").press_sequentially(TYPED, delay=KEY_MS)
    page.wait_for_selector("#text-result[data-state=fresh]")
    page.wait_for_load_state("networkidle")
    moved = page.evaluate(MOVED) - moved_before
    context.close()
    return {
        "requests": n_requests,
        "compressed_bytes": loaded,
        "example_scored_ms": example_ms,
        "typed_text_scored_ms": first_typed_ms(browser, url),
        "layout_shift_while_loading": moved_before,
        "layout_shift_while_typing": moved,
    }


def first_typed_ms(browser: Browser, url: str) -> float:
    """Type a text as soon as there is a field, and return when its scores stand."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(url, wait_until="commit")
    page.locator("#text").fill(TYPED)
    page.wait_for_selector("#text-result[data-state=fresh]")
    found = float(page.evaluate("seen.fresh"))
    context.close()
    return found


def measure(url: str, visits: int) -> dict[str, float]:
    """Return the medians of some visits."""
    chromium = shutil.which(os.environ.get("EMOTICARE_CHROMIUM", "chromium"))
    if chromium is None:
        sys.exit("Expected chromium, found none. Install it, on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        found = [visit(browser, url) for _ in range(visits)]
        browser.close()
    return {name: round(statistics.median(one[name] for one in found), 4) for name in found[0]}


def main() -> None:
    """Measure, print, and fail where the budget is exceeded."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--visits", type=int, default=5)
    chosen = options.parse_args()
    command = [sys.executable, "-m", "emoticare", "serve", "--port", str(PORT)]
    with tempfile.TemporaryDirectory() as folder, started(command, URL, Path(folder) / "log"):
        found = measure(URL, chosen.visits)
    print(json.dumps({**found, "most_bytes": MOST_BYTES}, indent=2))
    if found["compressed_bytes"] > MOST_BYTES:
        sys.exit(f"Expected at most {MOST_BYTES} bytes, found {found['compressed_bytes']:.0f}.")


if __name__ == "__main__":
    main()
