"""WebVTT and SRT: cues, read by webvtt-py, and who speaks in them.

Source: https://www.w3.org/TR/webvtt1/ for voice spans such as `<v Ann>`; in SRT, and where there
are none, a name in capitals and a colon begin what somebody says.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from emoticare.errors import DataError, MissingExtraError
from emoticare.meaning.conversation.exports.chat import ParsedChat, unescape_html

VTT: Final = "vtt"
SRT: Final = "srt"
_TIMING: Final = re.compile(r"\s*(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*-->")
# One white space, not several: what two neighbours can both take is tried in every way.
_VOICE: Final = re.compile(r"<v(?:\.[^\s<>]*)?\s([^<>]*)>")
_TAG: Final = re.compile(r"</?[^<>\n]*>|\{\\[^{}\n]*\}")
_NAMED: Final = re.compile(r"(?:-\s?)?([A-Z][A-Z0-9 .'-]{0,38}[A-Z0-9.]):\s+")
_DASH: Final = re.compile(r"^[^\S\n]*[-–]\s+", re.MULTILINE)


def parse(content: str, name: str) -> ParsedChat:
    """Read subtitles.

    Args:
        content: The file.
        name: `VTT` or `SRT`.

    Raises:
        DataError: If it is no such file at all.
        MissingExtraError: If webvtt-py is not installed.
    """
    try:
        import webvtt
    except ImportError as error:
        raise MissingExtraError("Reading subtitles", "subtitles") from error
    lines = content.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    try:
        cues = webvtt.from_buffer(lines, format=name).captions
    except webvtt.errors.MalformedFileError:
        raise DataError(
            f"Expected {name.upper()} subtitles, found another beginning. Check the file, or name "
            "its format."
        ) from None
    chat = ParsedChat(name)
    _find_problems(chat, lines, [cue.start_in_seconds for cue in cues])
    for cue in cues:
        _add(chat, cue)
    return chat


def _find_problems(chat: ParsedChat, lines: Sequence[str], starts: Sequence[float]) -> None:
    """Note the lines of times to which no cue belongs: the library leaves those out silently."""
    left = list(reversed(starts))
    for number, line in enumerate(lines, start=1):
        if "-->" not in line:
            continue
        timing = _TIMING.match(line)
        if timing and left and int(_seconds(timing)) == int(left[-1]):
            left.pop()
        elif timing:
            chat.n_skipped += 1
        else:
            chat.add_problem(f"line {number}", "a cue whose times cannot be read")


def _seconds(timing: re.Match[str]) -> float:
    hours, minutes, seconds, fraction = timing.groups()
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole + int(fraction.ljust(3, "0")) / 1000


def _add(chat: ParsedChat, cue: Any) -> None:
    timing = _TIMING.match(f"{cue.start} -->")
    time = _seconds(timing) if timing else float(cue.start_in_seconds)
    for speaker, text in _voices(cue.raw_text):
        chat.add_turn(text, speaker, time)


def _voices(raw_text: str) -> Iterator[tuple[str, str]]:
    """Yield who says what within a cue."""
    parts = _VOICE.split(raw_text)
    if parts[0].strip() or len(parts) == 1:
        yield from _named(_plain(parts[0]))
    for speaker, text in zip(parts[1::2], parts[2::2], strict=True):
        yield unescape_html(speaker).strip(), _DASH.sub("", _plain(text)).strip()


def _named(text: str) -> Iterator[tuple[str, str]]:
    named = _NAMED.match(text)
    speaker, said = (named[1], text[named.end() :]) if named else ("", text)
    yield speaker, _DASH.sub("", said).strip()


def _plain(text: str) -> str:
    return unescape_html(_TAG.sub("", text)).strip()
