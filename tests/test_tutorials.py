"""The tutorials run, print what they say, and quote their scripts as they are."""

import datetime as dt
import re
import runpy
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from documented import TUTORIAL_SCRIPTS, TUTORIALS, fenced, is_alike, most_like

ROOT = Path(__file__).parents[1]


def test_there_is_one_for_each_of_the_four_uses():
    assert TUTORIALS == ["chatbot", "dashboard", "journal", "moderation"]
    assert sorted(path.stem for path in (ROOT / "docs" / "tutorials").glob("*.md")) == TUTORIALS


@pytest.mark.parametrize("name", TUTORIALS)
def test_a_tutorial_prints_what_its_page_says(name):
    done = subprocess.run(
        [sys.executable, TUTORIAL_SCRIPTS / f"{name}.py"],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert done.stderr == ""
    page = ROOT / "docs" / "tutorials" / f"{name}.md"
    for shown in fenced(page, "text"):
        printed = most_like(shown, done.stdout)
        assert is_alike(shown, printed), f"shown\n{shown}\nprinted\n{printed}"
    script = (TUTORIAL_SCRIPTS / f"{name}.py").read_text(encoding="utf-8")
    for quoted in fenced(page, "python", "toml"):
        assert quoted in script


@pytest.fixture
def journal(monkeypatch):
    """The journal's script, with the network shut off."""

    def refuse(*_, **__):
        raise AssertionError("something wants to leave the machine")

    for name in ("connect", "connect_ex", "sendto", "bind"):
        monkeypatch.setattr(socket.socket, name, refuse)
    return runpy.run_path(str(TUTORIAL_SCRIPTS / "journal.py"))


def test_a_journal_keeps_entries_to_itself(journal, tmp_path):
    book = journal["Journal"](tmp_path / "book", "a passphrase")
    book.add(dt.date(2024, 3, 4), "I am so worried about tomorrow.")
    again = journal["Journal"](tmp_path / "book", "a passphrase")
    assert [entry["text"] for entry in again.entries()] == ["I am so worried about tomorrow."]
    for file in (tmp_path / "book").iterdir():
        content = file.read_bytes()
        assert all(word not in content for word in (b"worried", b"2024", b"negative"))


def test_a_wrong_passphrase_or_a_changed_file_is_noticed(journal, tmp_path):
    folder = tmp_path / "book"
    journal["Journal"](folder, "right").add(dt.date(2024, 3, 4), "Hello.")
    with pytest.raises(PermissionError, match="passphrase is wrong"):
        list(journal["Journal"](folder, "wrong").entries())
    entries = folder / "entries"
    content = bytearray(entries.read_bytes())
    content[50] ^= 1
    entries.write_bytes(content)
    with pytest.raises(PermissionError, match="was changed"):
        list(journal["Journal"](folder, "right").entries())


def test_the_pages_on_journals_quote_the_script():
    script = re.sub(r"\s+", " ", (TUTORIAL_SCRIPTS / "journal.py").read_text(encoding="utf-8"))
    for quoted in fenced(ROOT / "docs" / "journals.md", "python"):
        assert re.sub(r"\s+", " ", quoted).strip() in script


def test_the_dashboard_makes_the_folder_that_is_named(monkeypatch, tmp_path):
    script = runpy.run_path(str(TUTORIAL_SCRIPTS / "dashboard.py"))
    # The rest is run by the test of what the tutorials print.
    monkeypatch.setitem(script["main"].__globals__, "score_files", _refuse_to_score)
    with pytest.raises(RuntimeError, match="far enough"):
        script["main"](tmp_path / "new" / "meeting")
    assert (tmp_path / "new" / "meeting" / "messages.csv").exists()


def _refuse_to_score(*_):
    raise RuntimeError("far enough")
