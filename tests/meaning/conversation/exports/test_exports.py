"""Each parser on a file in the real format, and on whatever else there is."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoticare import DataError, EmoticareError, UsageError
from emoticare.meaning.conversation import ParsedChat, Turn, parse_chat, read_chat
from emoticare.meaning.conversation.exports import FORMATS

HERE = Path(__file__).parent


def told(chat: ParsedChat) -> list[tuple[str, str]]:
    return [(problem.place, problem.reason) for problem in chat.problems]


def test_whatsapp_of_an_iphone_in_germany():
    chat = read_chat(HERE / "whatsapp_ios_de.txt")
    assert chat.format == "whatsapp"
    assert chat.turns == [
        Turn(
            "Happy new year!\nto all of you: really\n\n🎉",
            "Ann Smith",
            datetime(2023, 12, 31, 21, 5, 41),
        ),
        Turn("Thanks :)", "Bob", datetime(2023, 12, 31, 21, 6, 30)),
        Turn("Love you all", "+49 170 1234567", datetime(2024, 1, 1, 0, 0, 1)),
    ]
    assert (chat.n_skipped, chat.n_problems) == (2, 0)


def test_whatsapp_of_an_iphone_in_the_united_states():
    assert read_chat(HERE / "whatsapp_ios_us.txt").turns == [
        Turn("Hello", "Ann", datetime(2023, 12, 31, 21, 5, 33)),
        Turn("Happy new year", "Bob", datetime(2024, 1, 1, 0, 0, 1)),
    ]


def test_whatsapp_of_an_android_phone_in_britain():
    chat = read_chat(HERE / "whatsapp_android_gb.txt")
    assert chat.turns == [
        Turn("First line\nSecond line - with a dash", "Ann", datetime(2023, 12, 31, 21, 7)),
        Turn("see https://example.org: nice", "Bob", datetime(2024, 1, 1, 0, 10)),
    ]
    assert (chat.n_skipped, chat.n_problems) == (5, 0)


def test_whatsapp_dates_that_tell_their_order_by_going_forward():
    times = [turn.time for turn in read_chat(HERE / "whatsapp_android_us.txt").turns]
    assert times == [
        datetime(2023, 12, 5, 9, 5),
        datetime(2023, 12, 6, 21, 5),
        datetime(2024, 1, 2, 12, 30),
    ]


def test_whatsapp_dates_that_do_not_exist_are_told():
    chat = parse_chat("lost\n01/02/2024, 10:00 - Ann: hi\n31/02/2024, 10:00 - Ann: hi")
    assert [turn.time for turn in chat.turns] == [datetime(2024, 2, 1, 10)]
    assert told(chat) == [
        ("line 1", "a text before the first date"),
        ("line 3", "a date or a time that there is not"),
    ]
    assert parse_chat("2024-01-02, 10:00 - Ann: hi").turns[0].time == datetime(2024, 1, 2, 10)


@pytest.mark.parametrize(
    "date",
    [
        "31.12.23, 21:05 - ",
        "31. 12. 2023 21:05 - ",
        "31/12/23 à 21:05 - ",
        "31-12-2023 21:05 - ",
        "31/12/2023 21.05 - ",
        "31/12/2023, 9:05 p. m. - ",
        "12/31/23, 9:05\u202fPM - ",
        "2023/12/31 21:05 - ",
        "[2023/12/31, 9:05:00 PM] ",
        "[31/12/2023, 21:05:00] ",
    ],
)
def test_whatsapp_dates_of_many_countries(date):
    (turn,) = parse_chat(f"{date}Ann: hi").turns
    assert turn == Turn("hi", "Ann", datetime(2023, 12, 31, 21, 5))


def test_slack():
    chat = read_chat(HERE / "slack_day.json")
    assert chat.format == "slack"
    start = datetime.fromtimestamp(1704103200, UTC)
    assert [(t.text, t.speaker) for t in chat.turns] == [
        (
            "Morning @U02BBBBBB, the build is broken again :disappointed:\nsee the log & #general",
            "ann",
        ),
        ("Sorry! I'll fix it. @here", "U02BBBBBB"),
        ("Build 2 passed", "CI"),
    ]
    assert chat.turns[1].time - start == timedelta(seconds=60, microseconds=300)
    assert chat.n_skipped == 2
    assert told(chat) == [
        ("message 6", "a time (ts) that is none"),
        ("message 7", "no message with a text"),
    ]


def test_a_channel_of_slack_with_its_users(tmp_path):
    (tmp_path / "general").mkdir()
    day = (HERE / "slack_day.json").read_text(encoding="utf-8")
    for name in ("2024-01-02.json", "2024-01-01.json"):
        (tmp_path / "general" / name).write_text(day, encoding="utf-8")
    users = [
        {"id": "U02BBBBBB", "name": "bob", "profile": {"display_name": "", "real_name": "Bob B"}}
    ]
    (tmp_path / "users.json").write_text(json.dumps(users), encoding="utf-8")
    chat = read_chat(tmp_path / "general")
    assert [turn.speaker for turn in chat.turns] == ["ann", "Bob B", "CI"] * 2
    assert "Morning @Bob B" in chat.turns[0].text
    assert chat.n_problems == 4
    assert told(chat)[0][0] == "2024-01-01.json, message 6"
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"no \.json there"):
        read_chat(tmp_path / "empty")


def test_discord():
    chat = read_chat(HERE / "discord.json")
    assert chat.format == "discord"
    zone = chat.turns[0].time.tzinfo
    assert chat.turns == [
        Turn(
            "I passed the exam!\nFinally",
            "Ann",
            datetime(2024, 1, 1, 10, 0, 0, 123000, tzinfo=zone),
        ),
        Turn("Congratulations!!", "bob", datetime(2024, 1, 1, 10, 1, tzinfo=zone)),
    ]
    assert zone.utcoffset(None) == timedelta(hours=1)
    assert chat.n_skipped == 2
    assert told(chat) == [("message 5", "a timestamp that is none")]


def test_webvtt():
    chat = read_chat(HERE / "meeting.vtt")
    assert chat.turns == [
        Turn("We did it, finally!", "Ann", 1.0),
        Turn("I'm so proud of you & the team.", "Bob Smith", 1.0),
        Turn("No names here\nand two lines", "", 65.25),
        Turn("The end", "MODERATOR", 360_000.0),
    ]
    assert told(chat) == [("line 19", "a cue whose times cannot be read")]


def test_srt():
    chat = read_chat(HERE / "film.srt")
    assert chat.format == "srt"
    assert chat.turns == [
        Turn("I am so afraid.", "ANN", 1.0),
        Turn("Don't be.\nIt is fine.", "", 5.5),
        Turn("Thanks: a lot", "MR. SMITH", 3600.0),
    ]
    assert told(chat) == [("line 11", "a cue whose times cannot be read")]


def test_pasted_lines():
    chat = parse_chat("hi\nAnn: hello\nhow are you?\n[21:05] Bob B.: fine, see: this\n21:06 Ann:\n")
    assert chat.format == "plain"
    assert chat.turns == [
        Turn("hello\nhow are you?", "Ann", None),
        Turn("fine, see: this", "Bob B.", 75_900.0),
    ]
    assert (chat.n_skipped, told(chat)) == (1, [("line 1", "a text before the first name")])


def test_json_lines():
    chat = parse_chat(
        '{"text": "hi", "speaker": "Ann", "time": 3}\n\n{"text": "no"}\n{"text": 3}\nx\n'
        '{"text": "a", "time": "2024-01-01T10:00:00Z"}\n{"text": "a", "time": "soon"}\n'
        '{"text": "a", "speaker": 3}\n{"text": "a", "time": true}\n{"text": "a", "time": NaN}\n'
    )
    assert chat.format == "jsonl"
    assert chat.turns == [
        Turn("hi", "Ann", 3),
        Turn("no"),
        Turn("a", "", datetime(2024, 1, 1, 10, tzinfo=UTC)),
    ]
    assert [place for place, _ in told(chat)] == [f"line {n}" for n in (4, 5, 7, 8, 9, 10)]


@pytest.mark.parametrize(
    "content",
    ["", "no chat at all", "[1, 2]", "{}", "[" * 100_000, "{", "WEBVTT", "[]", '{"messages": []}'],
    ids=lambda content: content[:12],
)
def test_what_is_no_chat_is_refused(content):
    with pytest.raises(DataError, match="Expected"):
        parse_chat(content)


def test_a_format_can_be_named(tmp_path):
    assert parse_chat("Ann: hi", "plain").turns == [Turn("hi", "Ann")]
    with pytest.raises(DataError):
        parse_chat("Ann: hi", "whatsapp")
    with pytest.raises(UsageError, match="whatsapp, slack"):
        parse_chat("Ann: hi", "telegram")
    with pytest.raises(DataError, match="Check the path"):
        read_chat(tmp_path / "nowhere")


def test_other_encodings(tmp_path):
    path = tmp_path / "chat.txt"
    path.write_bytes("Ann: Grüße\n".encode("utf-16"))
    assert read_chat(path).turns[0].text == "Grüße"
    path.write_bytes(b"\xef\xbb\xbfAnn: caf\xe9\n")
    assert read_chat(path).turns == [Turn("caf\ufffd", "Ann")]


REAL = [
    path.read_bytes().decode("utf-8-sig")
    for path in sorted(HERE.iterdir())
    if path.suffix != ".py" and path.is_file()
]
lines = st.lists(
    st.sampled_from([x for content in REAL for x in content.split("\n")]) | st.text(max_size=40),
    max_size=12,
)


@given(lines.map("\n".join), st.sampled_from([None, *FORMATS]))
def test_whatever_it_holds_it_is_a_chat_or_refused(content, name):
    try:
        chat = parse_chat(content, name)
    except EmoticareError:
        return
    assert chat.turns or chat.n_skipped
    assert all(
        turn.text == turn.text.strip() != "" or chat.format == "jsonl" for turn in chat.turns
    )
    assert len(chat.problems) == min(chat.n_problems, 100)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "text",
                    "ts",
                    "user",
                    "messages",
                    "channel",
                    "content",
                    "timestamp",
                    "author",
                    "user_profile",
                    "name",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(json_values, st.sampled_from(["slack", "discord", None]))
def test_any_json_is_a_chat_or_refused(value, name):
    try:
        chat = parse_chat(json.dumps(value), name)
    except EmoticareError:
        return
    assert all(isinstance(turn.speaker, str) for turn in chat.turns)


names = st.from_regex(r"[A-Z][a-z]{1,8}( [A-Z][a-z]{1,8})?", fullmatch=True)
words = st.from_regex(r"[a-z][a-z ,.!?]{0,30}[a-z!?]", fullmatch=True)
times = st.datetimes(datetime(2012, 1, 1), datetime(2030, 1, 1)).map(
    lambda t: t.replace(microsecond=0)
)


@given(
    st.lists(st.tuples(times, names, words), min_size=1, max_size=8),
    st.sampled_from(["ios", "android"]),
)
def test_whatsapp_gives_back_what_was_written(messages, phone):
    messages = sorted(messages)
    form = {"ios": "[{:%d.%m.%y, %H:%M:%S}] {}: {}", "android": "{:%Y-%m-%d, %H:%M} - {}: {}"}[
        phone
    ]
    chat = parse_chat("\r\n".join(form.format(*message) for message in messages))
    said = [(turn.speaker, turn.text) for turn in chat.turns]
    assert said == [(name, text) for _, name, text in messages if text != "null"]
    # A few dates below 13 may be read either way.
    if phone == "android":
        assert [turn.time for turn in chat.turns] == [
            time.replace(second=0) for time, _, text in messages if text != "null"
        ]


@pytest.mark.parametrize(
    "cue",
    ["<v" + 2_000_000 * " ", "<v Ann" + 2_000_000 * " ", 700_000 * "<v ", 700_000 * "\x0b\n- "],
)
def test_a_long_cue_is_read_in_linear_time(cue):
    parse_chat(f"WEBVTT\n\n00:00.000 --> 00:01.000\n{cue}\n", "vtt")


@pytest.mark.parametrize("text", ["&#" + 5_000 * "9" + ";", "&amp;"])
def test_references_to_characters_that_cannot_be(text):
    (turn,) = parse_chat(f"WEBVTT\n\n00:00.000 --> 00:01.000\n<v Ann>{text}\n", "vtt").turns
    assert turn.text == text.replace("amp;", "")
    day = json.dumps([{"ts": "1.0", "type": "message", "user": "U1", "text": text}])
    assert len(parse_chat(day, "slack").turns) == 1


@pytest.mark.parametrize("n_digits", [400, 4_000, 5_000])
def test_a_time_of_thousands_of_digits_is_a_problem(n_digits):
    content = f'{{"text": "a", "time": 1}}\n{{"text": "b", "time": {"9" * n_digits}}}\n'
    chat = parse_chat(content, "jsonl")
    assert [problem.place for problem in chat.problems] == ["line 2"]
