"""Discord, as DiscordChatExporter writes a channel to JSON.

Source: https://github.com/Tyrrrz/DiscordChatExporter, JsonMessageWriter.
"""

from datetime import datetime
from typing import Any, Final

from emoticare.meaning.conversation.exports.chat import ParsedChat

NAME: Final = "discord"
_SAID_TYPES: Final = ("Default", "Reply", "ThreadStarterMessage")


def is_export(content: object) -> bool:
    """Return whether JSON looks like a channel."""
    return isinstance(content, dict) and "messages" in content and "channel" in content


def parse(content: object) -> ParsedChat:
    """Read a channel.

    Args:
        content: The JSON, read.
    """
    chat = ParsedChat(NAME)
    messages = content.get("messages") if isinstance(content, dict) else None
    if not isinstance(messages, list):
        chat.add_problem("the file", "no array of messages")
        return chat
    for number, message in enumerate(messages, start=1):
        _add(chat, f"message {number}", message)
    return chat


def _add(chat: ParsedChat, place: str, message: Any) -> None:
    if not isinstance(message, dict) or not isinstance(message.get("content"), str):
        chat.add_problem(place, "no message with a content")
        return
    if message.get("type", "Default") not in _SAID_TYPES:
        chat.n_skipped += 1
        return
    try:
        time = datetime.fromisoformat(message["timestamp"])
    except (KeyError, TypeError, ValueError):
        chat.add_problem(place, "a timestamp that is none")
        return
    author = message.get("author")
    author = author if isinstance(author, dict) else {}
    speaker = author.get("nickname") or author.get("name") or author.get("id") or ""
    chat.add_turn(message["content"], str(speaker), time)
