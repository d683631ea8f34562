"""Slack's export: a JSON array of messages for each day of a channel.

Source: https://slack.com/help/articles/220556107-How-to-read-Slack-data-exports
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from emoticare.meaning.conversation.exports.chat import ParsedChat, unescape_html

NAME: Final = "slack"
# Messages that a person wrote; all other subtypes are notes of the service.
_SAID_SUBTYPES: Final = (None, "me_message", "thread_broadcast", "bot_message", "file_share")
_MARKUP: Final = re.compile(r"<(?P<mark>[@#!]?)(?P<target>[^<>|]*)(?:\|(?P<label>[^<>]*))?>")


def is_export(content: object) -> bool:
    """Return whether JSON looks like a day of a channel."""
    return isinstance(content, list) and any(
        isinstance(message, dict) and "ts" in message for message in content[:50]
    )


def parse(content: object, names: Mapping[str, str] | None = None) -> ParsedChat:
    """Read a day's messages.

    Args:
        content: The JSON, read.
        names: Names of users by id, from the export's users.json.
    """
    chat = ParsedChat(NAME)
    if not isinstance(content, list):
        chat.add_problem("the file", "no array of messages")
        return chat
    known = {**_names_in(content), **(names or {})}
    for number, message in enumerate(content, start=1):
        _add(chat, f"message {number}", message, known)
    return chat


def user_names(content: object) -> dict[str, str]:
    """Return the names of users by id, from the JSON of users.json."""
    users = content if isinstance(content, list) else []
    return {
        user["id"]: _name(user.get("profile")) or str(user.get("name") or user["id"])
        for user in users
        if isinstance(user, dict) and isinstance(user.get("id"), str)
    }


def _add(chat: ParsedChat, place: str, message: Any, names: Mapping[str, str]) -> None:
    if not isinstance(message, dict) or not isinstance(message.get("text"), str):
        chat.add_problem(place, "no message with a text")
        return
    if message.get("type") != "message" or message.get("subtype") not in _SAID_SUBTYPES:
        chat.n_skipped += 1
        return
    try:
        time = datetime.fromtimestamp(float(message["ts"]), UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        chat.add_problem(place, "a time (ts) that is none")
        return
    user = message.get("user") or message.get("username") or message.get("bot_id") or ""
    chat.add_turn(_plain(message["text"], names), names.get(str(user), str(user)), time)


def _names_in(messages: list[Any]) -> dict[str, str]:
    """Return the names that messages carry themselves."""
    return {
        message["user"]: name
        for message in messages
        if isinstance(message, dict)
        and isinstance(message.get("user"), str)
        and (name := _name(message.get("user_profile")))
    }


def _name(profile: object) -> str:
    if not isinstance(profile, dict):
        return ""
    return str(profile.get("display_name") or profile.get("real_name") or profile.get("name") or "")


def _plain(text: str, names: Mapping[str, str]) -> str:
    def replaced(found: re.Match[str]) -> str:
        mark, target, label = found["mark"], found["target"], found["label"]
        if mark == "@":
            return "@" + (names.get(target) or label or target)
        return ("#" if mark == "#" else "@" if mark == "!" else "") + (label or target)

    return unescape_html(_MARKUP.sub(replaced, text))
