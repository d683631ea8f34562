"""EmotiCare's own: a JSON object a line with `text`, and `speaker` and `time` where known."""

import json
from collections.abc import Iterable
from typing import Final

from emoticare.errors import InputError
from emoticare.meaning.conversation.exports.chat import ParsedChat
from emoticare.meaning.conversation.turns import Turn, time_from_json

NAME: Final = "jsonl"


def parse(content: str) -> ParsedChat:
    """Read turns."""
    return parse_lines(content.split("\n"))


def parse_lines(lines: Iterable[str]) -> ParsedChat:
    """Read turns, a line each; empty lines are none."""
    chat = ParsedChat(NAME)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        turn = parse_turn(line)
        if isinstance(turn, str):
            chat.add_problem(f"line {number}", turn)
        else:
            chat.turns.append(turn)
    return chat


def parse_turn(line: str) -> Turn | str:
    """Return the turn of a line, or what is wrong with it."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return "not JSON"
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        return 'no object with a "text"'
    speaker = record.get("speaker")
    if speaker is not None and not isinstance(speaker, str):
        return "a speaker that is no text"
    try:
        time = time_from_json(record.get("time"))
    except InputError:
        return "a time that is neither seconds nor ISO 8601"
    return Turn(record["text"], speaker or "", time)
