"""`emoticare converse`: the emotions of a chat, turn by turn and speaker by speaker."""

import json
import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emoticare.cli.options import (
    DeviceOption,
    DomainOption,
    ModelOption,
    OverlayOption,
    PolicyOption,
    ThresholdOption,
    parse_thresholds,
)
from emoticare.errors import FailedRowsError, UsageError

if TYPE_CHECKING:
    from emoticare.meaning.conversation import Conversation, ParsedChat, Turn, TurnEvent

Events = Iterable[tuple["Turn", "TurnEvent"]]


class OutputFormat(StrEnum):
    """How a conversation is printed."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"


class ChatFormat(StrEnum):
    """What a file holds."""

    WHATSAPP = "whatsapp"
    SLACK = "slack"
    DISCORD = "discord"
    VTT = "vtt"
    SRT = "srt"
    JSONL = "jsonl"
    PLAIN = "plain"


def converse(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="An export, a folder of a Slack channel, or - for standard input."
        ),
    ],
    chat_format: Annotated[
        ChatFormat | None,
        typer.Option("--from", help="What FILE holds; it tells itself.", show_default=False),
    ] = None,
    context_turns: Annotated[
        int,
        typer.Option(
            "--context-turns",
            metavar="N",
            min=0,
            max=10,
            help="Read each turn with so many before it, if the model can; 0 reads each alone.",
        ),
    ] = 1,
    threshold: ThresholdOption = None,
    moderate: Annotated[
        bool, typer.Option("--moderate", help="Moderate each turn, with hysteresis.")
    ] = False,
    policy: PolicyOption = None,
    output_format: Annotated[
        OutputFormat | None,
        typer.Option("--format", help="A timeline on a terminal, else jsonl.", show_default=False),
    ] = None,
    model: ModelOption = None,
    domain: DomainOption = None,
    overlay: OverlayOption = None,
    device: DeviceOption = "cpu",
) -> None:
    """Read a chat: each turn's emotions, each speaker's running state, and how it shifts.

    Reads exports of WhatsApp, Slack and Discord (DiscordChatExporter), WebVTT and SRT, lines such
    as "Ann: text", and JSON lines with text, speaker and time. With - and --from jsonl each line is
    answered as it comes.

    [bold]Examples[/bold]

      emoticare converse "WhatsApp Chat with Ann.txt"

      emoticare converse meeting.vtt --format json > meeting.json

      my-bot | emoticare converse - --from jsonl --moderate
    """
    from emoticare.classifier import load
    from emoticare.meaning.conversation import Conversation, ParsedChat
    from emoticare.meaning.moderation import Policy

    chosen = output_format or (OutputFormat.TABLE if sys.stdout.isatty() else OutputFormat.JSONL)
    rules = Policy.read(policy) if policy else None
    is_live = file == "-" and chat_format is ChatFormat.JSONL
    # What cannot be read is told before the model is loaded.
    chat = ParsedChat(ChatFormat.JSONL.value) if is_live else _read(file, chat_format)
    classifier = load(model, domain=domain, overlay=overlay, device=device)
    if moderate and rules is None:
        rules = Policy.default(classifier.artifact.config)
    conversation = Conversation(
        classifier,
        context_turns=context_turns,
        threshold=parse_thresholds(threshold or []),
        policy=rules,
    )
    if is_live:
        events: Events = ((turn, _add(conversation, turn)) for turn in _live_turns(chat))
    else:
        events = zip(chat.turns, conversation.stream(chat.turns), strict=True)
    if chosen is OutputFormat.TABLE:
        from emoticare.cli.timeline import print_timeline

        print_timeline(events, conversation)
    elif chosen is OutputFormat.JSON:
        _print_json(events, conversation, chat)
    else:
        for turn, event in events:
            print(_record(turn, event), flush=is_live)  # noqa: T201
    _report(chat)


def _read(file: str, chat_format: ChatFormat | None) -> "ParsedChat":
    from emoticare.meaning.conversation import parse_chat, read_chat

    name = chat_format.value if chat_format else None
    if file != "-":
        return read_chat(Path(file), name)
    if sys.stdin is None:
        raise UsageError("Expected a chat on standard input, found it closed.")
    return parse_chat(sys.stdin.buffer.read().decode("utf-8-sig", errors="replace"), name)


def _live_turns(chat: "ParsedChat") -> Iterator["Turn"]:
    from emoticare.meaning.conversation.exports.json_lines import parse_turn

    if sys.stdin is None:
        raise UsageError("Expected turns on standard input, found it closed.")
    for number, line in enumerate(iter(sys.stdin.buffer.readline, b""), start=1):
        if not line.strip():
            continue
        turn = parse_turn(line.decode(errors="replace"))
        if isinstance(turn, str):
            chat.add_problem(f"line {number}", turn)
        else:
            yield turn


def _add(conversation: "Conversation", turn: "Turn") -> "TurnEvent":
    return conversation.add(turn.text, turn.speaker, turn.time)


def _record(turn: "Turn", event: "TurnEvent") -> str:
    return json.dumps({"text": turn.text, **event.to_dict()}, ensure_ascii=False)


def _print_json(events: Events, conversation: "Conversation", chat: "ParsedChat") -> None:
    separator = '{"turns": [\n  '
    for turn, event in events:
        sys.stdout.write(separator + _record(turn, event))
        separator = ",\n  "
    sys.stdout.write('{"turns": [' if separator.startswith("{") else "\n")
    rest: dict[str, Any] = {
        "speakers": [summary.to_dict() for summary in conversation.speakers],
        "format": chat.format,
        "n_skipped": chat.n_skipped,
        "n_problems": chat.n_problems,
        "problems": [{"place": p.place, "reason": p.reason} for p in chat.problems],
    }
    sys.stdout.write("], " + json.dumps(rest, ensure_ascii=False)[1:] + "\n")


def _report(chat: "ParsedChat") -> None:
    if chat.n_skipped:
        typer.echo(f"{chat.n_skipped:,} not words of a speaker: notes, pictures, calls", err=True)
    if chat.n_problems:
        shown = "; ".join(f"{p.place}: {p.reason}" for p in chat.problems[:5])
        more = f" and {chat.n_problems - 5:,} more" if chat.n_problems > 5 else ""  # noqa: PLR2004
        raise FailedRowsError(f"{chat.n_problems:,} could not be read: {shown}{more}.")
