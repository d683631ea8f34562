"""Takes the pictures of pages, reports and `make demo` in docs/images, in a headless Chromium.

python tests/write_pictures.py [PICTURE...]

After a new model was put into the package, or what they show has changed. Look at them then: what
a reader would miss, no test sees. Those of a report need GoEmotions' dev.tsv, in EMOTICARE_DATA or
where it lies beside the repository.
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
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from documented import DOCS, ROOT, serving
from playwright.sync_api import Browser, FloatRect, expect, sync_playwright
from rich.console import Console
from rich.text import Text
from server.visits import LOOKS, PROUD, Visit, score_file

import emoticare
from emoticare.server.claims import Origin
from emoticare.server.dashboard import EmotionCounts

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
HOURS_COUNTED = 2 * 7 * 24
HOURS_ANNOYED = 60
DATA = Path(os.environ.get("EMOTICARE_DATA", ROOT.parent / "shared" / "data" / "goemotions"))
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


def take_dashboard(visit: Visit, path: Path) -> None:
    """Take the top of the dashboard."""
    visit.page.goto(f"{visit.page.url.split('#')[0]}dashboard")
    visit.page.wait_for_selector("body[data-texts]")
    visit.page.set_viewport_size({"width": 1200, "height": 1250})
    visit.page.screenshot(path=path, animations="disabled")


VIEWS: dict[str, Callable[[Visit, Path], None]] = {
    "page.png": take_text,
    "page-sentences.png": take_sentences,
    "page-file.png": take_file,
    "page-conversation.png": take_conversation,
    "dashboard.png": take_dashboard,
}
REPORTS = ("report.png", "report-time.png")


def write_text(visit: Visit, text: str) -> None:
    # The policy is asked last: its answer raises the card with help, or does not.
    with visit.page.expect_response("**/v1/moderations") as answer:
        visit.page.locator("#text").fill(text)
    answer.value.finished()
    expect(visit.page.locator("#text-result")).to_have_attribute("data-state", "fresh")
    expect(visit.page.locator("#sentences mark").first).to_be_visible()


def take_view(visit: Visit, name: str, path: Path) -> None:
    visit.page.locator(f"#view-{name}").screenshot(path=path, animations="disabled")


def dev_texts() -> list[str]:
    with (ROOT / "corpora/everyday/written.tsv").open(encoding="utf-8", newline="") as table:
        rows = csv.DictReader(table, delimiter="\t")
        return [row["text"] for row in rows if row["split"] == "dev"]


def comments() -> str:
    """Return a CSV of texts of the everyday corpus, mixed, with times half an hour apart."""
    content = io.StringIO()
    writer = csv.writer(content)
    writer.writerow(["time", "text"])
    time = datetime(2026, 11, 2, 8)
    for text in random.Random(SEED).sample(dev_texts(), N_COMMENTS):
        writer.writerow([time.isoformat(), text])
        time += timedelta(minutes=30)
    return content.getvalue()


def write_counts(path: Path) -> None:
    """Count texts of the corpus as those of two weeks; lately, more of the annoyed."""
    clf = emoticare.load()
    found = clf.predict(dev_texts())
    decided = np.array([[label in one.labels for label in clf.labels] for one in found])
    chance = np.random.default_rng(SEED)
    weights = 1 + decided[:, clf.labels.index("annoyance")]
    counts = EmotionCounts(path, clf.labels)
    now = datetime.now(UTC)
    for hours_ago in range(1, HOURS_COUNTED):
        then = now - timedelta(hours=hours_ago)
        n_texts = 12 if 8 <= then.hour < 20 else 5  # fewer by night
        share = weights / weights.sum() if hours_ago < HOURS_ANNOYED else None
        rows = chance.choice(len(decided), n_texts, p=share)
        counts.add(decided[rows], [Origin("/v1/emotions", "")] * n_texts, then.timestamp())
    counts.close()


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


def take_report(browser: Browser, path: Path) -> None:
    """Take a report's top, or what it shows over time."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.html"
        example = ROOT / "examples" / "report_goemotions.py"
        subprocess.run([sys.executable, example, DATA / "dev.tsv", report], check=True)
        context = browser.new_context(viewport={"width": 1100, "height": 1300})
        page = context.new_page()
        page.goto(report.as_uri())
        page.wait_for_selector("body[data-drawn]", timeout=30_000)
        if path.name == "report.png":
            page.screenshot(path=path)
        else:
            first, last = (
                page.locator(f"#figure-{name}").bounding_box()
                for name in ("sentiments_over_time", "emotion_over_time")
            )
            if first is None or last is None:
                raise AssertionError("the report shows nothing over time")
            height = last["y"] + last["height"] - first["y"]
            clip: FloatRect = {**first, "height": height}
            page.screenshot(path=path, full_page=True, clip=clip)
        context.close()


def take(name: str, browser: Browser, url: str) -> None:
    path = IMAGES / name
    if name == "demo.png":
        take_demo(browser, path)
    elif name in REPORTS:
        take_report(browser, path)
    else:
        visit = Visit(browser, url, **LOOKS["light"])
        VIEWS[name](visit, path)
        visit.close()
    sys.stdout.write(f"taken: {path.relative_to(ROOT)}\n")


def main() -> None:
    """Take all pictures, or those that are named."""
    names = sys.argv[1:] or ["demo.png", *VIEWS, *REPORTS]
    if not (DATA / "dev.tsv").exists() and set(names) & set(REPORTS):
        sys.exit(f"Expected GoEmotions' dev.tsv in {DATA} for {', '.join(REPORTS)}, found none.")
    chromium = shutil.which(os.environ.get("EMOTICARE_CHROMIUM", "chromium"))
    with tempfile.TemporaryDirectory() as folder:
        write_counts(Path(folder) / "counts.sqlite")
        with serving(Path(folder)) as host, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            for name in names:
                take(name, browser, f"http://{host}")
            browser.close()


if __name__ == "__main__":
    main()
