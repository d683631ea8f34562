"""An explanation as one page that needs no other file, no script and no network."""

from collections.abc import Sequence
from html import escape

from emoticare.meaning.explanation.explanation import Explanation
from emoticare.meaning.explanation.tint import Stretch

_STYLE = """
:root { color-scheme: light dark; --paper: #f6f4f0; --card: #fff; --ink: #1f1c24; --soft: #5d5866;
  --line: #ddd8e0; --for: 11 122 92; --against: 192 49 59; }
@media (prefers-color-scheme: dark) { :root { --paper: #131118; --card: #1d1a24; --ink: #f1eef5;
  --soft: #b3adbf; --line: #37323f; --for: 88 207 166; --against: 255 141 138; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1.25rem 3rem; max-width: 46rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.35rem; margin: 0; } h2 { font-size: 1.1rem; margin: 0; }
p { margin: .4rem 0; } .note { color: var(--soft); font-size: .9rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 1rem;
  padding: 1.1rem 1.25rem; margin-top: 1.25rem; }
.title { display: flex; justify-content: space-between; gap: 1rem; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 1.125rem; line-height: 1.9; }
.text span { border-radius: .3rem; padding: .15rem .1rem; }
.before { color: var(--soft); font-size: 1rem; border-left: 3px solid var(--line);
  padding-left: .75rem; }
.up { background: rgb(var(--for) / var(--tint)); border-bottom: 2px solid rgb(var(--for)); }
.down { background: rgb(var(--against) / var(--tint));
  border-bottom: 2px dashed rgb(var(--against)); }
"""


def to_html(explanation: Explanation, labels: Sequence[str]) -> str:
    """Return the page.

    Args:
        explanation: What to show; its texts become text, never markup.
        labels: The labels to show it for, a section each.
    """
    notes = ["Solid green speaks for an emotion, dashed red against it; the darker, the more."]
    if explanation.context_text:
        notes.append("What was said before the text stands above it.")
    if explanation.is_by_phrase:
        notes.append("The text is long, so phrases were tried instead of words.")
    if explanation.prediction.truncated:
        n_tokens = explanation.prediction.n_tokens
        notes.append(f"Only the first {n_tokens} tokens were read.")
    sections = "".join(_section(explanation, label) for label in labels)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>EmotiCare: why these emotions?</title><style>{_STYLE}</style></head><body><main>"
        "<h1>Why these emotions?</h1>"
        f'<p class="note">{" ".join(notes)}</p>{sections}</main></body></html>\n'
    )


def _section(explanation: Explanation, label: str) -> str:
    score = explanation.prediction.scores[label]
    found = "" if label in explanation.prediction.labels else " · below its threshold"
    context, text = explanation.tints(label)
    said_before = f'<p class="text before">{_spans(context)}</p>' if context else ""
    return (
        f'<section><div class="title"><h2>{escape(label)}</h2>'
        f'<p class="note">{score:.1%}{found}</p></div>{said_before}'
        f'<p class="text">{_spans(text)}</p></section>'
    )


def _spans(stretches: Sequence[Stretch]) -> str:
    return "".join(
        escape(stretch.text)
        if not stretch.strength
        else _span(stretch.text, stretch.strength, stretch.effect)
        for stretch in stretches
    )


def _span(text: str, strength: float, effect: float | None) -> str:
    kind = "up" if strength > 0 else "down"
    tint = 0.08 + 0.42 * abs(strength)
    return (
        f'<span class="{kind}" style="--tint: {tint:.2f}" title="{effect:+.2f} nats">'
        f"{escape(text)}</span>"
    )
