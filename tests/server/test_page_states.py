"""What the page does where something is missing, wrong, long, lost or grave."""

import itertools
import json
import re

import page_budget
import pytest
from playwright.sync_api import Page, expect

from emoticare.meaning.moderation import Policy

from .conftest import running
from .visits import LOOKS, PROUD, Visit, downloaded, open_file, score_file, site, visit

__all__ = ["site", "visit"]  # fixtures

LONG = "The meeting is at ten. I love this place! " * 150
OF_ANOTHER_NAME = """
schema = 1
name = "calls it despair"

[categories.despair]
risks = ["self-harm"]
review = 0.1
reason = "It reads as despair"
stands_for = ["openai.self-harm"]

[categories.gloom]
emotions = ["sadness"]
review = 0.3
reason = "It reads as sad"
"""
LINES = """node => {
  const range = document.createRange();
  range.selectNodeContents(node);
  return new Set([...range.getClientRects()].map(({ bottom }) => Math.round(bottom / 8))).size;
}"""


@pytest.mark.parametrize("view", ["text", "file", "conversation", "moderate"])
def test_every_view_has_an_address(visit, view):
    visit.page.goto(f"{visit.page.url}#{view}")
    expect(visit.page.locator(f"#view-{view}")).to_be_visible()
    assert visit.page.locator(".view:visible").count() == 1
    expect(visit.page.locator(f"#to-{view}")).to_have_attribute("aria-current", "page")


def test_a_reload_keeps_the_text_until_it_is_cleared(visit):
    page = visit.page
    page.locator("#text").fill(PROUD)
    expect(page.locator("#text-result")).to_have_attribute("data-state", "fresh")
    page.reload()
    expect(page.locator("#text")).to_have_value(PROUD)
    expect(page.locator("#verdict")).to_contain_text("pride")
    page.get_by_role("button", name="Clear").click()
    page.reload()
    expect(page.locator("#text-example")).to_contain_text("For example")
    expect(page.locator("#text")).to_have_value("")


def test_offline_the_earlier_answer_is_greyed_and_asked_again(browser, site):
    visit = Visit(browser, site.url)
    page, result = visit.page, visit.page.locator("#text-result")
    page.locator("#text").fill("I love it")
    expect(page.locator("#verdict")).to_contain_text("love")
    visit.context.set_offline(True)
    page.locator("#text").fill("I hate it")
    expect(result).to_have_attribute("data-state", "lost")
    expect(result).to_contain_text("This answers an earlier text.")
    expect(page.locator("#text-alert")).to_contain_text("does not answer")
    visit.context.set_offline(False)
    expect(result).to_have_attribute("data-state", "fresh")
    expect(page.locator("#verdict")).not_to_contain_text("love")
    expect(page.locator("#text-alert")).to_be_hidden()
    assert all("ERR_INTERNET_DISCONNECTED" in fault for fault in visit.faults)
    visit.context.close()


def test_distress_raises_the_help_card(visit):
    page, card = visit.page, visit.page.locator("#text-help")
    page.locator("#text").fill("I want to kill myself")
    expect(card).to_be_visible()
    expect(card).to_contain_text("you need not be alone")
    expect(page.locator("#announcer")).to_contain_text("112")
    page.locator("#text").fill("Sorry I'm late, this commute is killing me.")
    expect(card).to_be_hidden()
    # So short that little speaks for anything: a review is asked for, but for self-harm alone.
    page.locator("#text").fill("I")
    expect(page.locator("#text-result")).to_have_attribute("data-state", "fresh")
    page.wait_for_timeout(500)
    expect(card).to_be_hidden()
    page.locator("#text").fill(
        "The meeting is at ten. The room is small. " * 9 + "I feel so alone."
    )
    expect(card).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    expect(card).to_be_hidden()


def test_a_category_of_another_name_raises_the_help_card(browser, embedded):
    with running(lambda: embedded, policy=Policy.parse(OF_ANOTHER_NAME)) as server:
        visit = Visit(browser, server.url, **LOOKS["light"])
        card = visit.page.locator("#text-help")
        visit.page.locator("#text").fill("I want to kill myself")
        expect(card).to_be_visible()
        # Sad, but not what this policy calls despair.
        visit.page.locator("#text").fill("I'm sad that the shop has closed.")
        expect(card).to_be_hidden()
        visit.close()


@pytest.mark.parametrize("look", ["light", "phone"])
def test_no_name_of_an_emotion_runs_into_its_bar(browser, site, look):
    visit = Visit(browser, site.url, **LOOKS[look])
    page = visit.page
    page.set_viewport_size({"width": {"light": 1280, "phone": 320}[look], "height": 900})
    page.locator("#text").fill("I am so disappointed and embarrassed.")
    expect(page.locator("#bars .on .name", has_text="disappointment")).to_be_visible()
    page.get_by_role("button", name="Show all 28").click()
    names = page.locator("#bars .name")
    assert names.evaluate_all(f"all => all.map({LINES})") == [1] * 28
    wider = "all => all.filter((one) => one.scrollWidth > one.clientWidth).length"
    assert names.evaluate_all(wider) == 0
    visit.close()


def test_bars_and_reasons_speak_of_the_same_number(visit):
    page = visit.page
    page.locator("#text").fill(LONG)
    expect(page.locator("#timing")).to_contain_text("300 sentences")
    page.get_by_role("button", name="love", exact=True).click()
    expect(page.locator("#why-note")).to_contain_text("Most for love: “love”")
    bar = page.locator("#bars li", has_text="love").locator(".value").inner_text()
    expect(page.locator("#why-note")).to_contain_text(f"The whole text has {bar}")
    expect(page.locator("#why-label option:checked")).to_have_text(f"love ({bar})")
    expect(page.locator("#why-text")).to_have_text("I love this place!")


def test_what_single_sentences_carry_is_said_beside_the_verdict(visit):
    page = visit.page
    page.locator("#text").fill(
        f"The meeting is at ten. {PROUD} I'm terrified of what might happen next. "
        "How does it even work? Thank you so much, Anna!"
    )
    expect(page.locator("#sentences-also")).to_contain_text("In single sentences only: ")
    expect(page.locator("#sentences-also")).to_contain_text("joy")


def test_typing_moves_nothing(browser, site):
    for look in ("light", "phone"):
        visit = Visit(browser, site.url, **LOOKS[look])
        page = visit.page
        expect(page.locator("#text-result")).to_have_attribute("data-state", "example")
        places = []
        for text in ("I", "I am so hap", "I am so happy about it", "Ich bin so froh", PROUD):
            page.locator("#text").fill(text)
            expect(page.locator("#text-result")).to_have_attribute("data-state", "fresh")
            places.append(page.locator("#bars").evaluate("bars => bars.offsetTop"))
        assert len(set(places)) == 1, look
        visit.close()


def test_on_a_phone_the_verdict_is_above_the_fold_and_targets_are_large(browser, site):
    visit = Visit(browser, site.url, **LOOKS["phone"])
    page = visit.page
    for view, verdict in (
        ("Text", "#verdict"),
        ("Moderate", "#moderate-verdict"),
        ("Conversation", "#chat-verdict"),
    ):
        visit.open(view)
        expect(page.locator(f"{verdict} span").first).to_be_visible()
        box = page.locator(verdict).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < LOOKS["phone"]["viewport"]["height"]
        small = page.locator("a, button, select, .switch span").evaluate_all(
            """nodes => nodes.filter((node) => node.checkVisibility() && !node.matches(".skip"))
                .filter((node) => node.getBoundingClientRect().height < 43.5)
                .map((node) => node.textContent)"""
        )
        assert small == []
    visit.close()


def test_what_was_asked_and_told_can_be_copied(browser, site):
    visit = Visit(browser, site.url, permissions=["clipboard-read", "clipboard-write"])
    page = visit.page
    page.locator("#text").fill("That's great!")
    expect(page.locator("#text-result")).to_have_attribute("data-state", "fresh")
    page.get_by_role("button", name="Copy as curl").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    curl = page.evaluate("navigator.clipboard.readText()")
    assert curl == (
        f"curl {site.url}/v1/emotions \\\n"
        '  --json \'{"text":"That\'\\\'\'s great!","groups":true}\''
    )
    visit.close()


def test_overflow_at_no_width(browser, site):
    visit = Visit(browser, site.url)
    page = visit.page
    score_file(page, "a.csv", "id,a rather long name of a column,comment\n1,2,so happy\n" * 3)
    visit.open("Conversation")
    expect(page.locator("#chat-result")).to_be_visible()
    visit.open("Moderate")
    for width in (320, 480, 700, 833, 1000, 1600):
        page.set_viewport_size({"width": width, "height": 800})
        for view in ("Text", "File", "Conversation", "Moderate"):
            visit.open(view)
            wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wider <= 0, (view, width)
    visit.close()


def test_warnings_of_a_file_are_counted_and_left_out_of_charts(visit):
    page = visit.page
    texts = [PROUD] * 3 + ["Ich bin so stolz auf uns alle hier!"] * 2
    score_file(page, "mixed.csv", "text\n" + "\n".join(texts))
    expect(page.locator("#file-warnings")).to_have_text("Of 5 texts, 2 do not look like English.")
    expect(page.locator("#file-verdict")).to_contain_text("of 3 texts")
    page.get_by_label("Leave out the 2").uncheck()
    expect(page.locator("#file-verdict")).to_contain_text("of 5 texts")
    assert [row[-1] for row in downloaded(page)[1:]] == [""] * 3 + ["not_english"] * 2


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("book.xlsx", b"PK\x03\x04" + bytes(99), "found an Excel workbook"),
        ("a.csv", b"text\n\x00\x01\x02", "found binary"),
        ("a.db", b"SQLite format 3\x00" + bytes(99), "found an SQLite database"),
        ("a.csv", b"id,stars\n1,5\n2,4\n", "found only numbers"),
    ],
)
def test_files_without_texts_are_refused(visit, name, content, said):
    open_file(visit.page, name, content)
    expect(visit.page.locator("#file-alert")).to_contain_text(said)


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_file_of_too_many_columns_is_refused_and_one_of_many_is_not(visit, name):
    def content(n: int) -> str:
        keys = [f"key{i}" for i in range(n)]
        if name.endswith(".csv"):
            return f"{','.join(keys)}\n{','.join(['so happy'] * n)}\n"
        return "\n".join(json.dumps({key: "so happy"}) for key in keys)

    page, alert = visit.page, visit.page.locator("#file-alert")
    open_file(page, name, content(301))
    expect(alert).to_contain_text("Expected at most 300 columns, found more.")
    expect(page.locator("#file-plan")).to_be_hidden()
    open_file(page, name, content(300))
    expect(page.locator("#file-format")).to_contain_text("300 columns")
    expect(alert).to_be_hidden()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("many.txt", "a\n" * 1_000_001),
        ("many.csv", "text\n" + "a\n" * 1_000_001),
        ("wide.csv", ",".join("abcdefghij" * 20) + "\n" + "1\n" * 50_001),
        ("wide.csv", "," * 10_000_001),
        ("wide.jsonl", json.dumps(dict.fromkeys(map(str, range(200)), 1)) + "\n{}" * 50_000),
    ],
)
def test_a_file_of_more_cells_than_a_tab_holds_is_refused(visit, name, content):
    open_file(visit.page, name, content)
    said = visit.page.locator("#file-alert")
    expect(said).to_contain_text("at most 1,000,000 rows and 10,000,000 cells", timeout=60_000)


def test_the_chosen_column_of_a_wide_file_is_in_sight_on_a_phone(browser, site):
    visit = Visit(browser, site.url, **LOOKS["phone"])
    row = '7,2026-05-04T10:00:00,support desk,"so happy about this"\n'
    open_file(visit.page, "a.csv", f"id,when,team,comment,after it\n{row * 3}")
    expect(visit.page.locator("#preview th.chosen")).to_be_in_viewport()
    visit.page.locator("#column").select_option(label="team")
    expect(visit.page.locator("#preview th.chosen")).to_have_text("team")
    expect(visit.page.locator("#preview th.chosen")).to_be_in_viewport()
    visit.close()


def test_an_emotion_chosen_in_a_file_is_forgotten_with_its_last_text(visit):
    page = visit.page
    thankful = "text\nthank you so much, Ben\nso proud of you\n"
    score_file(page, "thankful.csv", thankful)
    chosen = page.locator("#counts button[aria-pressed=true]")
    page.get_by_role("button", name=re.compile("^gratitude")).click()
    expect(chosen).to_have_count(1)
    for name, content in (("proud.csv", "text\nso proud of you\n"), ("again.csv", thankful)):
        score_file(page, name, content)
        expect(page.locator("#rows-note")).to_have_text(
            f"{content.count(chr(10)) - 1} of {content.count(chr(10)) - 1}"
        )
    expect(page.get_by_role("button", name=re.compile("^gratitude"))).to_be_visible()
    expect(chosen).to_have_count(0)


def test_encoding_delimiter_and_column_are_shown_before_scoring(visit):
    page = visit.page
    open_file(page, "a.csv", "id;stars;said\n1;5;café très bon\n".encode("latin-1"))
    expect(page.locator("#file-format")).to_contain_text("Latin-1 (Windows-1252)")
    expect(page.locator("#file-format")).to_contain_text("separated by semicolons · 3 columns")
    expect(page.locator("#column option")).to_have_text(["said"])
    expect(page.locator("#preview td.chosen")).to_have_text("café très bon")
    open_file(page, "b.csv", "text\nso happy ☺\n".encode("utf-16"))
    expect(page.locator("#file-format")).to_contain_text("UTF-16")
    expect(page.locator("#preview td.chosen")).to_have_text("so happy ☺")


def test_texts_of_a_file_are_filtered_searched_and_sorted(visit):
    page = visit.page
    score_file(page, "a.csv", "text\nthank you, Ben\nso proud of you\nthanks a lot, Ann\n" * 30)
    lines = page.locator("#rows .line")
    expect(page.locator("#rows-note")).to_have_text("119 of 119")
    assert lines.count() < 40
    page.get_by_role("button", name=re.compile("^gratitude")).click()
    expect(page.locator("#rows-note")).to_have_text("60 of 119")
    expect(lines.first).to_contain_text("gratitude")
    page.get_by_label("Search").fill("ann")
    expect(page.locator("#rows-note")).to_have_text("30 of 119")
    page.locator("#rows").press("End")
    expect(page.locator("#row-detail")).to_contain_text("thanks a lot, Ann")
    page.get_by_label("Search").fill("nowhere")
    expect(page.locator("#rows")).to_contain_text("No text is like this.")


def test_a_stopped_file_says_so_and_goes_on(visit):
    page = visit.page
    pieces = []

    def hold_the_third(route):
        pieces.append(route)
        if len(pieces) != 3:
            route.continue_()

    open_file(page, "a.txt", "so happy\n" * 400)
    page.route("**/v1/emotions", hold_the_third)
    page.get_by_role("button", name="Score it").click()
    expect(page.locator("#progress-note")).to_contain_text("200 of 400 texts")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#progress-note")).to_contain_text("Stopped after 200 of 400 texts.")
    expect(page.locator("#charts")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#progress-note")).to_contain_text("400 of 400 texts")
    assert len(downloaded(page)) == 401


def test_an_older_chat_file_that_fails_late_changes_nothing(visit):
    page = visit.page
    page.get_by_role("link", name="Conversation", exact=True).click()
    page.evaluate(
        """() => {
          const read = File.prototype.arrayBuffer;
          File.prototype.arrayBuffer = function () {
            if (this.name !== "old.txt") return read.call(this);
            return new Promise((_, fail) => { window.failOld = () => fail(new Error("gone")); });
          };
        }"""
    )
    for name, chat in (("old.txt", "Ann: old"), ("new.txt", "Ben: I am so happy!")):
        page.set_input_files(
            "#chat-file", {"name": name, "mimeType": "text/plain", "buffer": chat.encode()}
        )
    expect(page.locator("#turns")).to_contain_text("Ben")
    page.evaluate("window.failOld()")
    page.wait_for_timeout(100)
    expect(page.locator("#turns")).to_contain_text("Ben")
    expect(page.locator("#chat-alert")).to_be_hidden()


def test_a_chat_is_spaced_by_time_or_by_turn(visit):
    page = visit.page
    visit.open("Conversation")
    ends = page.locator("#timeline .tick")
    expect(ends).to_have_text(["10:10:00", "10:20:00", "10:30:00"])
    middles = "rects => rects.map((rect) => rect.x.baseVal.value).sort((a, b) => a - b)"
    by_time = page.locator("#timeline .turn .room").evaluate_all(middles)
    gaps = [b - a for a, b in itertools.pairwise(by_time)]
    assert max(gaps) > 5 * min(gaps)
    page.get_by_text("by turn", exact=True).click()
    expect(ends.first).to_have_text("turn 1")
    by_turn = page.locator("#timeline .turn .room").evaluate_all(middles)
    gaps = [b - a for a, b in itertools.pairwise(by_turn)]
    assert max(gaps) == pytest.approx(min(gaps), abs=0.1)


def test_annoyance_that_falls_is_good_news_and_signs_are_explained(visit):
    page = visit.page
    visit.open("Conversation")
    falling = page.locator("#chat-events li", has_text="annoyance falling")
    expect(falling.locator(".sign")).to_have_class("sign positive")
    rising = page.locator("#chat-events li", has_text="annoyance rising")
    expect(rising.locator(".sign")).to_have_class("sign negative")
    expect(page.locator("#view-conversation .legend")).to_contain_text("▼ one falls")


def test_a_turn_says_why_and_a_phone_reaches_all_emotions(browser, site):
    visit = Visit(browser, site.url, **LOOKS["phone"])
    page = visit.page
    visit.open("Conversation")
    turn_of_chart(page, 3)
    expect(page.locator("#turns .for", has_text="annoying")).to_be_visible()
    expect(page.locator("#turns button").nth(2)).to_have_attribute("aria-expanded", "true")
    page.locator("#all-means").click()
    expect(page.locator("#means tbody tr")).to_have_count(27)
    visit.close()


def turn_of_chart(page: Page, number: int) -> None:
    page.locator(f'#timeline [data-turn="{number}"] .room').click(force=True)


def test_moderation_says_the_action_first_and_why(visit):
    page = visit.page
    visit.open("Moderate")
    expect(page.locator("#moderate-verdict")).to_have_text("flagged: hostility")
    page.locator("#moderate").fill("Thank you so much!")
    expect(page.locator("#moderate-verdict")).to_have_text("nothing asks for action")
    page.locator("#moderate").fill("I can't stand you!")
    expect(page.locator("#findings")).to_contain_text("It reads as angry or disgusted")


def test_the_page_keeps_its_budget(browser, site):
    visits = [page_budget.visit(browser, site.url) for _ in range(3)]
    cost = visits[0]
    assert 50_000 < cost["compressed_bytes"] <= page_budget.MOST_BYTES
    assert cost["example_scored_ms"] > 0
    assert cost["typed_text_scored_ms"] > 0
    # What typing moves, it moves on every visit; on a busy machine, loading is late now and then.
    assert min(visit["layout_shift_while_typing"] for visit in visits) < 0.05
