"""WhatsApp's "export chat": text, in the forms of iOS and Android and of many countries.

Nobody documents them; the forms here are those that the apps write today:
`31/12/2023, 21:05 - Ann: text` (Android) and `[31.12.23, 21:05:33] Ann: text` (iOS), with the date
in the order of the phone's country, and AM or PM in some.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import pairwise
from typing import Final

from emoticare.meaning.conversation.exports.chat import ParsedChat

NAME: Final = "whatsapp"
HEADER: Final = re.compile(
    r"""[\u200e\u200f\u202a\ufeff]*
    (?P<open>\[)?
    (?P<date>\d{1,4}[./-]\s?\d{1,2}[./-]\s?\d{1,4})\.?,?\s{1,2}(?:(?:à|at|um|kl\.)\s)?
    (?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?
    (?:\s?(?P<half>[AaPp])\.?\s?[Mm]\.?)?
    (?(open)\]\s?|\s[-–]\s)
    (?P<rest>.*)""",
    re.VERBOSE | re.DOTALL,
)
_SAID: Final = re.compile(r"(?P<speaker>[^:\n]{1,100}):(?:\s(?P<text>.*))?", re.DOTALL)
# The app's own words come in such brackets, or, on iOS, behind an invisible mark.
_NOT_SAID: Final = re.compile(
    r"\u200e.*|<[^<>\n]{3,40}>|(This message was|You) deleted( this message)?\.?|null", re.DOTALL
)
_EDITED: Final = re.compile(r"\s?\u200e?<This message was edited>$")
_NOON: Final = 12
_LAST_DAY: Final = 31
_CENTURY, _TWO_DIGITS = 2000, 100
_Parts = tuple[int, int, int]
# The places of year, month and day.
_DAY_FIRST: Final = (2, 1, 0)
_MONTH_FIRST: Final = (2, 0, 1)
_YEAR_FIRST: Final = (0, 1, 2)


@dataclass
class _Message:
    line: int
    parts: _Parts
    header: re.Match[str]
    lines: list[str] = field(default_factory=list)


def parse(content: str) -> ParsedChat:
    """Read an export; a line without a date goes on with the message before."""
    chat = ParsedChat(NAME)
    messages: list[_Message] = []
    for number, line in enumerate(content.replace("\r\n", "\n").split("\n"), start=1):
        header = HEADER.fullmatch(line)
        if header:
            a, b, c = map(int, re.split(r"[./-]\s?", header["date"]))
            messages.append(_Message(number, (a, b, c), header, [header["rest"]]))
        elif messages:
            messages[-1].lines.append(line)
        elif line.strip():
            chat.add_problem(f"line {number}", "a text before the first date")
    order = _order([message.parts for message in messages])
    for message in messages:
        sent = _time(message, order)
        if sent is None:
            chat.add_problem(f"line {message.line}", "a date or a time that there is not")
        else:
            _add(chat, message, sent)
    return chat


def _add(chat: ParsedChat, message: _Message, sent: datetime) -> None:
    said = _SAID.fullmatch("\n".join(message.lines))
    text = _EDITED.sub("", (said["text"] or "").strip()) if said else ""
    # A note such as: Ann created group "Party: tonight".
    is_note = said is None or said["speaker"].count('"') % 2 == 1
    if said is None or is_note or not text or _NOT_SAID.fullmatch(text):
        chat.n_skipped += 1
        return
    speaker = said["speaker"].strip("\u200e\u200f\u202a\u202c ~\u00a0\u202f")
    chat.add_turn(text.replace("\u200e", ""), speaker, sent)


def _order(dates: Sequence[_Parts]) -> _Parts:
    """Return the places of year, month and day in the dates.

    It is the order in which the fewest of the dates do not exist, then the fewest go backwards, and
    then all lie closest together.
    """
    n_years_first = sum(first > _LAST_DAY for first, _, _ in dates)
    if 2 * n_years_first > len(dates):
        return _YEAR_FIRST

    def faults(order: _Parts) -> tuple[int, int, int]:
        read = [_date(parts, order) for parts in dates]
        known = [day.toordinal() for day in read if day is not None]
        n_backwards = sum(a > b for a, b in pairwise(known))
        return len(read) - len(known), n_backwards, max(known, default=0) - min(known, default=0)

    return min(_DAY_FIRST, _MONTH_FIRST, key=faults)


def _date(parts: _Parts, order: _Parts) -> date | None:
    year, month, day = (parts[place] for place in order)
    try:
        return date(year + _CENTURY if year < _TWO_DIGITS else year, month, day)
    except ValueError:
        return None


def _time(message: _Message, order: _Parts) -> datetime | None:
    header = message.header
    hour = int(header["hour"])
    if header["half"]:
        hour = hour % _NOON + (_NOON if header["half"] in "pP" else 0)
    day = _date(message.parts, order)
    try:
        # Without a zone: the export does not tell it.
        clock = time(hour, int(header["minute"]), int(header["second"] or 0))
    except ValueError:
        return None
    return None if day is None else datetime.combine(day, clock)
