"""Chats as people paste them: `Ann: text` a line, with or without a time of the day."""

import re
from typing import Final

from emoticare.meaning.conversation.exports.chat import ParsedChat

NAME: Final = "plain"
LINE: Final = re.compile(
    r"(?:\[?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?\]?\s+)?"
    r"(?P<speaker>[^\s:\[\]<>{}\"][^:\[\]<>{}\"\n]{0,39}):(?:\s+(?P<text>.*))?"
)


def parse(content: str) -> ParsedChat:
    """Read a chat; a line without a name goes on with the turn before."""
    chat = ParsedChat(NAME)
    speaker: str | None = None
    time: float | None = None
    words: list[str] = []
    for number, line in enumerate(content.splitlines(), start=1):
        said = LINE.fullmatch(line.strip())
        if said:
            if speaker is not None:
                chat.add_turn("\n".join(words), speaker, time)
            speaker, words = said["speaker"].strip(), [said["text"] or ""]
            time = _seconds(said)
        elif speaker is not None:
            words.append(line)
        elif line.strip():
            chat.add_problem(f"line {number}", "a text before the first name")
    if speaker is not None:
        chat.add_turn("\n".join(words), speaker, time)
    return chat


def _seconds(said: re.Match[str]) -> float | None:
    """Return the seconds since midnight."""
    if said["hour"] is None:
        return None
    return int(said["hour"]) * 3600.0 + int(said["minute"]) * 60 + int(said["second"] or 0)
