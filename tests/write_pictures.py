"""Takes the pictures of the page and of `make demo` in docs/images anew, in a headless Chromium.

python tests/write_pictures.py [PICTURE...]

After a new model was put into the package, or the page or the demo has changed. Look at them then:
what a reader would miss, no test sees.
"""

import csv
import io
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from documented import DOCS, ROOT, serving
from playwright.sync_api import Browser, expect, sync_playwright
from rich.console import Console
from rich.text import Text
from server.visits import LOOKS, PROUD, Visit, score_file

IMAGES = DOCS / "images"
MIXED = f"{PROUD} Thank you all. The delays were annoying, though."
MINUTES = f"""\
Minutes of the meeting on Tuesday. Dr. Smith took the minutes; the budget for the third quarter \
was approved without a vote.

1. The keys are at the desk. Thank you so much, Anna, you saved us! 😀
2. Nobody knows why the heating failed... How does it even work?
3. I'm terrified of what might happen next. The printer is next to the kitchen.

The next meeting is on Monday. {PROUD}"""
N_COMMENTS = 400
SEED = 6  # those that the picture shows are fit for a manual
TERMINAL_COLUMNS = 66
TERMINAL_STYLE = """
body { margin: 0 }
.rich-terminal { display: block; width: 100vw; height: 100vh }
.rich-terminal .demo-title { font-family: system-ui }
"""


def take_text(visit: Visit, path: Path) -> None:
    """Take the window with a short text of mixed feelings."""
    write_text(visit, MIXED)
    expect(visit.page.locator("#text-help")).to_be_hidden()
    visit.page.screenshot(path=path, animations="disabled")


def take_sentences(visit: Visit, path: Path) -> None:
    """Take the view of a text whose sentences are tinted."""
    write_text(visit, MINUTES)
    take_view(visit, "text", path)


def take_file(visit: Visit, path: Path) -> None:
    """Take the view of a file that has been scored."""
    score_file(visit.page, "comments.csv", comments())
    expect(visit.page.locator("#progress-note")).to_contain_text(f"{N_COMMENTS} of {N_COMMENTS}")
    take_view(visit, "file", path)


def take_conversation(visit: Visit, path: Path) -> None:
    """Take the view of the chat that the page has as its example."""
    visit.open("Conversation")
    expect(visit.page.locator("#timeline svg")).to_be_visible()
    take_view(visit, "conversation", path)


VIEWS: dict[str, Callable[[Visit, Path], None]] = {
    "page.png": take_text,
    "page-sentences.png": take_sentences,
    "page-file.png": take_file,
    "page-conversation.png": take_conversation,
}


def write_text(visit: Visit, text: str) -> None:
    # The policy is asked last: its answer raises the card with help, or does not.
    with visit.page.expect_response("**/v1/moderations") as answer:
        visit.page.locator("#text").fill(text)
    answer.value.finished()
    expect(visit.page.locator("#text-result")).to_have_attribute("data-state", "fresh")
    expect(visit.page.locator("#sentences mark").first).to_be_visible()


def take_view(visit: Visit, name: str, path: Path) -> None:
    visit.page.locator(f"#view-{name}").screenshot(path=path, animations="disabled")


def comments() -> str:
    """Return a CSV of texts of the everyday corpus, mixed, with times half an hour apart."""
    with (ROOT / "corpora/everyday/written.tsv").open(encoding="utf-8", newline="") as table:
        rows = csv.DictReader(table, delimiter="\t")
        texts = [row["text"] for row in rows if row["split"] == "dev"]
    content = io.StringIO()
    writer = csv.writer(content)
    writer.writerow(["time", "text"])
    time = datetime(2026, 11, 2, 8)
    for text in random.Random(SEED).sample(texts, N_COMMENTS):
        writer.writerow([time.isoformat(), text])
        time += timedelta(minutes=30)
    return content.getvalue()


def demo_as_svg() -> str:
    """Return a terminal in which `make demo` has run, with its colours."""
    environment = {"FORCE_COLOR": "1", "NO_COLOR": "", "TERM": "xterm"}
    # Everything that the demo needs is installed here.
    here = [f"DEMO_VENV={sys.prefix}", f"--old-file={sys.prefix}/.done"]
    printed = subprocess.run(
        ["make", "--silent", *here, "demo"],
        cwd=ROOT,
        env={**os.environ, **environment, "COLUMNS": str(TERMINAL_COLUMNS)},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    ).stdout
    console = Console(record=True, width=TERMINAL_COLUMNS, file=io.StringIO())
    console.print(Text("$ make demo"))
    console.print(Text.from_ansi(printed.rstrip()))
    return console.export_svg(title="emoticare", unique_id="demo")


def take_demo(browser: Browser, path: Path) -> None:
    # The SVG asks for a font from elsewhere; everybody's picture has the one at hand.
    context = browser.new_context(viewport={"width": 900, "height": 700}, offline=True)
    page = context.new_page()
    page.set_content(f"<style>{TERMINAL_STYLE}</style>{demo_as_svg()}")
    page.screenshot(path=path)
    context.close()


def take(name: str, browser: Browser, url: str) -> None:
    path = IMAGES / name
    if name == "demo.png":
        take_demo(browser, path)
    else:
        visit = Visit(browser, url, **LOOKS["light"])
        VIEWS[name](visit, path)
        visit.close()
    sys.stdout.write(f"taken: {path.relative_to(ROOT)}\n")


def main() -> None:
    """Take all pictures, or those that are named."""
    chromium = shutil.which(os.environ.get("EMOTICARE_CHROMIUM", "chromium"))
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as host,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name in sys.argv[1:] or ["demo.png", *VIEWS]:
            take(name, browser, f"http://{host}")
        browser.close()


if __name__ == "__main__":
    main()
