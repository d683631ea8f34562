"""Chat exports -> turns: WhatsApp, Slack, Discord, WebVTT, SRT, pasted text and JSON lines."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from emoticare.errors import DataError, UsageError, did_you_mean
from emoticare.meaning.conversation.exports import (
    discord,
    json_lines,
    plain,
    slack,
    subtitles,
    whatsapp,
)
from emoticare.meaning.conversation.exports.chat import ParsedChat, Problem

__all__ = ["FORMATS", "ParsedChat", "Problem", "parse_chat", "read_chat"]

_MOST_BYTES: Final = 100_000_000
_LINES_LOOKED_AT: Final = 20
_CUE: Final = re.compile(r"\d+\n[\d:]{4,12}[.,]\d{1,3} *-->")

_PARSERS: Final[dict[str, Callable[[str], ParsedChat]]] = {
    whatsapp.NAME: whatsapp.parse,
    slack.NAME: lambda content: slack.parse(_json(content)),
    discord.NAME: lambda content: discord.parse(_json(content)),
    subtitles.VTT: lambda content: subtitles.parse(content, subtitles.VTT),
    subtitles.SRT: lambda content: subtitles.parse(content, subtitles.SRT),
    json_lines.NAME: json_lines.parse,
    plain.NAME: plain.parse,
}
FORMATS: Final = tuple(_PARSERS)
"""Names of the formats that can be read."""


def read_chat(path: Path | str, format_name: str | None = None) -> ParsedChat:
    """Read an export.

    Args:
        path: A file; or the folder of a channel in Slack's export, beside its users.json.
        format_name: One of `FORMATS`; by default the file tells.

    Raises:
        DataError: If it cannot be read, or holds no chat of a known format.
        UsageError: If there is no such format.
        MissingExtraError: If it holds subtitles and webvtt-py is not installed.
    """
    path = Path(path)
    if path.is_dir():
        return _read_slack_folder(path)
    return parse_chat(_content(path), format_name)


def parse_chat(content: str, format_name: str | None = None) -> ParsedChat:
    """Read the text of an export; see `read_chat`.

    Raises:
        DataError: If it holds no chat of a known format.
        UsageError: If there is no such format.
        MissingExtraError: If it holds subtitles and webvtt-py is not installed.
    """
    if format_name is not None and format_name not in _PARSERS:
        raise UsageError(
            f"Expected a format ({', '.join(FORMATS)}), found another name."
            f"{did_you_mean(format_name, FORMATS)}"
        )
    chat = _PARSERS[format_name or _format_of(content)](content)
    if not chat.turns and not chat.n_skipped:
        raise DataError(f"Expected a chat ({chat.format}), found no turn in it.{_first(chat)}")
    return chat


def _first(chat: ParsedChat) -> str:
    return f" {chat.problems[0].place}: {chat.problems[0].reason}." if chat.problems else ""


def _format_of(content: str) -> str:
    """Tell the format by the first lines."""
    start = content.lstrip("\ufeff").lstrip()
    lines = [line for line in start[:20_000].split("\n") if line.strip()][:_LINES_LOOKED_AT]
    if start.startswith("WEBVTT"):
        return subtitles.VTT
    if _CUE.match(start.replace("\r", "")[:1000]):
        return subtitles.SRT
    if any(whatsapp.HEADER.fullmatch(line.rstrip("\r")) for line in lines):
        return whatsapp.NAME
    if start.startswith(("{", "[")):
        return _json_format_of(start, lines)
    if any(plain.LINE.fullmatch(line.strip()) for line in lines):
        return plain.NAME
    raise DataError(
        f"Expected a chat ({', '.join(FORMATS)}), found no sign of one in the first lines. Write "
        'a turn a line, "Name: text", or name the format.'
    )


def _json_format_of(content: str, lines: list[str]) -> str:
    if not isinstance(json_lines.parse_turn(lines[0]), str):
        return json_lines.NAME
    if plain.LINE.fullmatch(lines[0].strip()):
        return plain.NAME
    parsed = _json(content)
    if discord.is_export(parsed):
        return discord.NAME
    if slack.is_export(parsed):
        return slack.NAME
    raise DataError(
        "Expected JSON of Slack (a channel's day) or of DiscordChatExporter, found another. "
        'Convert it to lines such as {"text": "…", "speaker": "…", "time": "…"}.'
    )


def _json(content: str) -> Any:
    try:
        return json.loads(content.lstrip("\ufeff"))
    except ValueError as error:
        line = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise DataError(
            f"Expected JSON{line}, found something else. Export the chat anew."
        ) from None
    except RecursionError:
        raise DataError("Expected JSON of a chat, found it nested too deep.") from None


def _content(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise DataError(
            f"Expected a readable file at {path}, found {type(error).__name__}. Check the path."
        ) from error
    if len(content) > _MOST_BYTES:
        raise DataError(
            f"{path}: expected at most {_MOST_BYTES:,} bytes, found more. Cut it in pieces."
        )
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return content.decode(encoding, errors="replace")


def _read_slack_folder(folder: Path) -> ParsedChat:
    days = sorted(folder.glob("*.json"))
    if not days:
        raise DataError(f"Expected a channel of Slack's export in {folder}, found no .json there.")
    users = folder.parent / "users.json"
    names = slack.user_names(_json(_content(users))) if users.is_file() else {}
    whole = ParsedChat(slack.NAME)
    for day in days:
        chat = slack.parse(_json(_content(day)), names)
        whole.turns += chat.turns
        whole.n_skipped += chat.n_skipped
        for problem in chat.problems:
            whole.add_problem(f"{day.name}, {problem.place}", problem.reason)
        whole.n_problems += chat.n_problems - len(chat.problems)
    return whole
