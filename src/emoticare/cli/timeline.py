"""A conversation on a terminal: a line a turn, and what became of each speaker."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from emoticare.cli.printing import STYLE_OF, printable

if TYPE_CHECKING:
    from rich.text import Text

    from emoticare.meaning.conversation import Conversation, Turn, TurnEvent
    from emoticare.meaning.conversation.turns import Time

_ARROWS: Final = {"rising": "↗", "falling": "↘"}
_ACTION_STYLES: Final = {"flag": "bold red", "review": "yellow"}
_LONGEST_NAME: Final = 16
_MOST_SHOWN: Final = 5
_SHADES: Final = " ░▒▓█"
_LEAST_SHOWN: Final = 0.02


def print_timeline(
    events: Iterable[tuple["Turn", "TurnEvent"]], conversation: "Conversation"
) -> None:
    """Print each turn as it comes, and then a heat map of the speakers."""
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    last_date = None
    for turn, event in events:
        if isinstance(event.time, datetime) and event.time.date() != last_date:
            last_date = event.time.date()
            console.print(f"{last_date:%A, %d %B %Y}", style="bold underline")
        console.print(_head(turn, event), soft_wrap=True)
        for shift in event.shifts:
            console.print(f"{'':9}{_ARROWS[shift.direction]} {shift.words}", style="magenta")
        if event.moderation:
            for finding in event.moderation.findings:
                style = _ACTION_STYLES[finding.action.value]
                note = f"{'':9}{finding.action.value}: {finding.category}. {finding.reason}"
                console.print(note, style=style, soft_wrap=True)
    for line in _heat_map(conversation):
        console.print(line, soft_wrap=True)


def _head(turn: "Turn", event: "TurnEvent") -> "Text":
    from rich.text import Text

    line = Text(f"{_clock(event.time):<9}", style="dim")
    line.append(f"{_short(event.speaker):<{_LONGEST_NAME}} ", style="bold")
    for label in event.labels:
        line.append(f"{label} {event.scores[label]:.0%} ", style=STYLE_OF.get(label, "cyan"))
    line.append(printable(turn.text), style="default")
    return line


def _clock(time: "Time") -> str:
    if isinstance(time, datetime):
        return f"{time:%H:%M:%S}"
    if time is None:
        return ""
    minutes, seconds = divmod(int(time), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"


def _short(name: str) -> str:
    name = printable(name)
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _heat_map(conversation: "Conversation") -> Iterable["Text"]:
    """Yield the emotions that stand out, each speaker's mean as a shade and a number."""
    from rich.text import Text

    speakers = conversation.speakers
    if not speakers:
        return
    best = {
        label: max(speaker.means[label] for speaker in speakers)
        for label in speakers[0].means
        if label != "neutral"
    }
    shown = [x for x in sorted(best, key=lambda x: -best[x]) if best[x] >= _LEAST_SHOWN]
    shown = shown[:_MOST_SHOWN]
    yield Text("\nMean of each speaker's turns", style="bold")
    yield Text(f"{'':{_LONGEST_NAME}} {'turns':>6}  " + "  ".join(f"{x:<14}" for x in shown))
    for speaker in speakers:
        line = Text(f"{_short(speaker.speaker) or '(nobody)':<{_LONGEST_NAME}} ", style="bold")
        line.append(f"{speaker.n_turns:>6}  ", style="default")
        for label in shown:
            mean = speaker.means[label]
            shade = _SHADES[min(len(_SHADES) - 1, round(mean * 2 * (len(_SHADES) - 1)))]
            line.append(f"{shade * 6} {mean:>4.0%}     ", style=STYLE_OF.get(label, "cyan"))
        yield line
