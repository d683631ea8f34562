"""The page in a real browser: typing, thresholds, files, errors, accessibility, no strangers."""

import csv
import io
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from emoticare.labels import LABELS
from emoticare.meaning.conversation import Conversation, parse_chat

from .conftest import running
from .visits import LOOKS, PROUD, Visit, downloaded, open_file, score_file, site, visit

__all__ = ["site", "visit"]  # fixtures

MIXED = (
    f"The meeting is at ten. {PROUD} I'm terrified of what might happen next. "
    "How does it even work? Thank you so much, Anna!"
)
SCREENSHOTS = Path(__file__).parents[2] / "screenshots"
CSV = "id,comment\r\n" + "".join(
    f'{i},"{text}"\r\n' for i, text in enumerate([PROUD, "no, really?", "two\nlines", ""] * 60)
)


def felt(labels: list[str]) -> list[str]:
    """Return what a verdict names."""
    return [label for label in labels if label != "neutral"][:4]


def test_typing_shows_emotions_soon(visit, embedded):
    page = visit.page
    page.get_by_role("textbox", name="Your text").press_sequentially(PROUD, delay=5)
    expect(page.locator("#timing")).to_contain_text("15 tokens")
    verdict = page.locator("#verdict")
    expect(verdict).to_have_text(re.compile(r"^pride\b"))
    assert verdict.locator("span").all_text_contents() == felt(embedded(PROUD).labels)
    rows = page.locator("#bars li:visible")
    expect(rows).to_have_count(8)
    expect(rows.first).to_contain_text("pride")
    page.get_by_role("button", name="Show all 28").click()
    expect(rows).to_have_count(28)
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#text-example")).to_contain_text("For example: “You were brilliant")
    expect(verdict).to_contain_text("gratitude")


def test_why_shows_the_words_that_speak_for_an_emotion(visit):
    page = visit.page
    button = page.get_by_role("button", name="Why?")
    page.get_by_role("textbox", name="Your text").fill("😂 I was so scared, but now I am happy.")
    expect(page.locator("#text-result")).to_have_attribute("data-state", "fresh")
    button.press("Enter")
    expect(page.locator("#why-text .for").first).to_be_visible()
    assert page.locator("#why-text").inner_text() == "😂 I was so scared, but now I am happy."
    page.get_by_label("Words that speak for").select_option("fear")
    expect(page.locator("#why-text .for", has_text="scared")).to_be_visible()
    expect(page.locator("#why-note")).to_contain_text("Most for fear: “scared”")
    button.press("Enter")
    expect(page.locator("#why-panel")).to_be_hidden()


def test_another_language_is_warned_of(visit):
    page = visit.page
    page.get_by_role("textbox", name="Your text").fill("Ich bin so stolz auf uns alle hier!")
    expect(page.locator("#warning")).to_contain_text("does not look like English")
    page.get_by_role("textbox", name="Your text").fill(PROUD)
    expect(page.locator("#warning")).to_be_hidden()


def test_an_example_is_one_click_away(visit):
    visit.page.get_by_role("button", name="I'm terrified").click()
    expect(visit.page.locator("#verdict")).to_contain_text("fear")


def test_thresholds_are_marks_that_can_be_moved_by_keyboard(visit):
    page = visit.page
    page.get_by_role("textbox", name="Your text").fill(PROUD)
    expect(page.locator("#verdict")).to_contain_text("pride")
    mark = page.locator("#bars li", has_text="pride").locator(".threshold")
    before = mark.evaluate("mark => mark.style.left")
    page.get_by_role("button", name="Adjust thresholds").press("Enter")
    slider = page.get_by_label("Threshold of pride")
    slider.focus()
    slider.press("End")
    expect(page.locator("#verdict")).not_to_contain_text("pride")
    assert mark.evaluate("mark => mark.style.left") == "100%" != before
    page.get_by_role("button", name="Reset thresholds").press("Enter")
    expect(page.locator("#verdict")).to_contain_text("pride")
    assert mark.evaluate("mark => mark.style.left") == before


def test_a_switch_shows_groups(visit, embedded):
    page = visit.page
    page.get_by_role("textbox", name="Your text").fill(PROUD)
    expect(page.locator("#verdict")).to_contain_text("pride")
    page.get_by_text("Ekman’s six").click()
    rows = page.locator("#group-bars li")
    expect(rows).to_have_count(7)
    joy = embedded(PROUD).groups["ekman"]["joy"]
    expect(rows.first).to_contain_text(f"joy{joy:.0%}")
    expect(page.locator("#group-bars li.on")).to_have_count(1)
    page.get_by_role("radio", name="Ekman’s six").press("ArrowRight")
    expect(rows).to_have_count(4)
    expect(rows.first).to_contain_text("positive")
    expect(page.locator("#bars")).to_be_hidden()
    page.get_by_role("radio", name="Sentiment").press("ArrowRight")
    expect(page.locator("#bars")).to_be_visible()


def test_sentences_are_tinted(visit, embedded):
    text = (
        "The meeting is 🕙 at ten. I'm terrified of what might happen next!\n\n"
        "The report has nine pages."
    )
    page = visit.page
    page.get_by_role("textbox", name="Your text").fill(text)
    marks = page.locator("#sentences mark")
    expect(marks).to_have_count(1)
    expect(marks.locator("span")).to_have_text("I'm terrified of what might happen next!")
    fear = embedded.read(text).sentences[1].scores["fear"]
    expect(marks.locator("small")).to_have_text(f"fear {fear:.0%}")
    expect(page.locator("#sentences-note")).to_have_text("1 of 3 sentences carry a feeling")
    page.get_by_role("button", name="Adjust thresholds").click()
    page.get_by_role("button", name="Why?").click()
    expect(page.locator("#why-text span").first).to_be_visible()
    for emotion in ("fear", "nervousness"):
        page.get_by_label(f"Threshold of {emotion}").press("End")
    expect(marks).to_have_count(0)
    page.get_by_role("textbox", name="Your text").fill(PROUD)
    expect(page.locator("#sentences-card")).to_be_hidden()


def test_a_long_text_is_read_to_its_end(visit, embedded):
    text = "The meeting is at ten. The room is on the second floor. " * 60 + "I'm terrified of him!"
    page = visit.page
    page.get_by_role("textbox", name="Your text").fill(text)
    expect(page.locator("#sentences mark")).to_have_count(1)
    expect(page.locator("#timing")).to_contain_text("121 sentences")
    document = embedded.read(text)
    assert page.locator("#verdict span").all_text_contents() == felt(document.labels)
    assert "fear" in document.labels


def test_a_file_is_scored_in_pieces_and_downloaded(visit, embedded):
    page = visit.page
    pieces = []
    page.on("request", lambda request: pieces.append('{"texts"' in (request.post_data or "")))
    score_file(page, "comments.csv", CSV)
    assert sum(pieces) == 3
    expect(page.locator("#progress-note")).to_contain_text("240 of 240 texts")
    expect(page.get_by_role("button", name=re.compile(r"pride 60 \(\d+%\)"))).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("Best emotion of each text"))).to_be_visible()
    header, *rows = downloaded(page)
    more = ["n_tokens", "truncated", "emotion_warnings"]
    assert header == ["id", "comment", "emotions", *LABELS, *more]
    original = list(csv.reader(io.StringIO(CSV, newline="")))[1:]
    assert [row[:2] for row in rows] == original
    predictions = embedded.predict([row[1] for row in original])
    assert [row[2] for row in rows] == ["|".join(p.labels) for p in predictions]
    scores = [float(x) for x in rows[0][3:-3]]
    assert scores == pytest.approx(list(predictions[0].scores.values()), abs=1e-6)
    assert [row[-1] for row in rows] == ["|".join(p.warnings) for p in predictions]


@pytest.mark.parametrize(
    ("name", "content", "n_texts"),
    [
        ("a.jsonl", '{"text": "so happy", "id": 1}\n{"text": "no", "more": [1]}\n"plain"\n', 3),
        ("a.tsv", "text\tid\r\nso happy\t1\r\n", 1),
        ("semicolons.csv", 'id;text\n1;"a; ""b"""\n', 1),
        ("lines.txt", "so happy\n\nno\n", 2),
        ("markup.csv", "text\n<img src=x onerror=alert(1)>\n", 1),
    ],
)
def test_files_of_every_kind(visit, name, content, n_texts):
    score_file(visit.page, name, content)
    assert len(downloaded(visit.page)) == n_texts + 1


def test_a_dropped_file(visit):
    page = visit.page
    transfer = page.evaluate_handle(
        """() => {
            const transfer = new DataTransfer();
            transfer.items.add(new File(["text\\nso happy\\n"], "dropped.csv"));
            return transfer;
        }"""
    )
    visit.open("File")
    page.dispatch_event("#drop", "drop", {"dataTransfer": transfer})
    expect(page.locator("#file-summary")).to_have_text("dropped.csv: 1 texts")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jsonl", "{", "Line 1 of the file is not JSON."),
        ("a.jsonl", "[1]", "neither an object nor a string"),
        ("a.csv", 'text\n"never closed', "never closed"),
        ("a.csv", "text\n", "no texts"),
    ],
)
def test_a_bad_file_is_said(visit, name, content, said):
    page = visit.page
    open_file(page, name, content)
    expect(page.get_by_role("alert")).to_contain_text(said)
    assert page.locator("#file-plan").is_hidden()


def test_a_chat_is_shown_by_speaker(visit, embedded):
    page = visit.page
    visit.open("Conversation")
    expect(page.locator("#chat-summary")).to_have_text(
        "11 turns of 2 speakers, read as lines with names."
    )
    expect(page.locator("#chat-example")).to_be_visible()
    expect(page.locator("#chat-verdict")).to_contain_text("Maya: mostly annoyance")
    expect(page.get_by_role("img", name=re.compile("Timeline of 11 turns"))).to_be_visible()
    chat = Conversation(embedded)
    turns = parse_chat(page.locator("#chat").input_value()).turns
    events = list(chat.stream(turns))
    annoyance = chat.speakers[0].means["annoyance"]
    means = page.get_by_role("table", name=re.compile("Mean score of emotions by speaker"))
    row = means.get_by_role("row", name=re.compile("^annoyance"))
    expect(row.get_by_role("cell").first).to_have_text(f"{annoyance:.0%}")
    told = page.locator("#chat-events")
    expect(told).to_contain_text("Maya: annoyance rising over the last three turns turn 5")
    assert page.locator("#timeline polygon").count() == sum(bool(e.shifts) for e in events)


def test_a_chat_of_a_thousand_turns_is_drawn(visit):
    page = visit.page
    visit.open("Conversation")
    chat = "".join(f"{'AB'[i % 2]}nn: so happy {i}\n" for i in range(1000))
    page.set_input_files(
        "#chat-file", {"name": "chat.txt", "mimeType": "text/plain", "buffer": chat.encode()}
    )
    expect(page.get_by_role("img", name=re.compile("Timeline of 1000 turns"))).to_be_visible(
        timeout=60_000
    )
    expect(page.locator("#turns li")).to_have_count(1000)


@pytest.mark.parametrize(
    ("chat", "said"),
    [
        ("", "There is no chat yet"),
        ("no chat at all", "found no sign of one"),
        ("<img src=x onerror=alert(1)>: <b>hi</b>\nAnn: <script>alert(1)</script>", None),
    ],
)
def test_odd_chats(visit, chat, said):
    page = visit.page
    visit.open("Conversation")
    expect(page.locator("#chat-result")).to_be_visible()
    page.get_by_role("textbox", name="A conversation").fill(chat)
    page.get_by_role("button", name="Read it").click()
    if said:
        expect(page.get_by_role("alert")).to_contain_text(said)
        assert page.locator("#chat-result").is_hidden()
    else:
        expect(page.locator("#turns")).to_contain_text("<script>alert(1)</script>")


def test_a_text_that_is_too_long_is_said_beside_it(browser, embedded):
    with running(lambda: embedded, max_chars=60) as server:
        visit = Visit(browser, server.url)
        field, answer = visit.page.locator("#text"), visit.page.locator("#text-result")
        field.fill("so happy " * 9)
        expect(visit.page.locator("#text-alert")).to_contain_text("at most 60 characters")
        expect(answer).to_have_attribute("data-state", "lost")
        field.fill("so happy")
        expect(answer).to_have_attribute("data-state", "fresh")
        assert visit.page.get_by_role("alert").count() == 0
        visit.close()


def test_a_server_with_keys_is_asked_with_one(browser, embedded):
    with running(lambda: embedded, api_keys=("secret",)) as server:
        visit = Visit(browser, server.url)
        # What no header can hold is not sent.
        visit.page.get_by_label("asks for a key").fill("gehe\u00ef\u043c")
        visit.page.get_by_role("button", name="Use it").click()
        assert visit.page.locator("#key:invalid").count() == 1
        visit.page.get_by_label("asks for a key").fill("wrong")
        visit.page.get_by_role("button", name="Use it").click()
        expect(visit.page.get_by_role("alert")).to_contain_text("does not accept this key")
        visit.page.get_by_label("asks for a key").fill("secret")
        visit.page.get_by_role("button", name="Use it").click()
        visit.page.get_by_role("textbox", name="Your text").fill(PROUD)
        expect(visit.page.locator("#verdict")).to_contain_text("pride")
        assert visit.page.get_by_role("alert").count() == 0
        assert all("401" in fault for fault in visit.faults)
        visit.context.close()


@pytest.mark.parametrize("look", LOOKS)
def test_it_is_accessible_and_fits(browser, site, look):
    # The checker is a script of its own, which the page's policy would refuse.
    visit = Visit(browser, site.url, bypass_csp=True, **LOOKS[look])
    page = visit.page
    SCREENSHOTS.mkdir(exist_ok=True)
    page.get_by_role("textbox", name="Your text").fill(f"{MIXED} I can't stop crying.")
    expect(page.locator("#sentences mark")).to_have_count(5)
    expect(page.locator("#text-help")).to_be_visible()
    page.get_by_role("button", name="Show all 28").click()
    page.get_by_role("button", name="Adjust thresholds").click()
    page.get_by_role("button", name="Why?").click()
    expect(page.locator("#why-text .for").first).to_be_visible()
    assert_accessible(page, f"{look}-text")
    score_file(page, "comments.csv", CSV)
    page.locator("#rows .line").first.click()
    assert_accessible(page, f"{look}-file")
    visit.open("Conversation")
    page.locator("#turns button").nth(4).click()
    expect(page.locator("#turns .for").first).to_be_visible()
    assert_accessible(page, f"{look}-conversation")
    visit.open("Moderate")
    expect(page.locator("#moderate-result")).to_have_attribute("data-state", "example")
    assert_accessible(page, f"{look}-moderate")
    page.goto(f"{site.url}/docs")
    expect(page.get_by_role("heading", name="POST /v1/emotions")).to_be_visible()
    assert_accessible(page, f"{look}-docs")
    visit.close()


def assert_accessible(page: Page, name: str) -> None:
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # What is greyed while it is asked again is for a moment only.
    page.wait_for_function("!document.querySelector('[aria-busy=true]')")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
