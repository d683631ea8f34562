"""Figures on kinds of text where emotion classifiers are known to be weaker.

The original EmotiCare names very short texts, long texts, formal writing and non-native English as
its limits. The data set marks none of these, so each slice is a proxy that the text itself shows:

- `all`: every text, to compare with.
- `very_short`: at most 3 words.
- `long`: at least 20 words. Few texts of the data set have more than 30.
- `formal`: at least 5 words, begins with a capital, ends with a full stop, and has no contraction,
  slang, emoji, emoticon, exclamation mark, ellipsis or letter written three times. This finds
  carefully written comments; it does not find official or academic prose.
- `non_native`: says that English is not the writer's language, or has one of a few grammar slips
  that learners make ("informations", "he have", "didn't went", "more better", "a honest",
  "in same"). Crude: it misses almost all texts by non-native writers, it also finds typing errors
  and dialects of native ones, and it finds about 1 text in 1,000. Its figures are a hint at most.
- `emoji`: has at least one emoji.

A word is a run of characters between white space that has a letter or a digit in it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from emoticare.errors import UsageError
from emoticare.evaluation.bootstrap import METRICS
from emoticare.evaluation.metrics import (
    Array,
    Bools,
    bce_loss,
    check_probabilities,
    mean_average_precision,
    micro_f1,
    per_label_scores,
)

MAX_WORDS_OF_VERY_SHORT: Final = 3
MIN_WORDS_OF_LONG: Final = 20
MIN_WORDS_OF_FORMAL: Final = 5

_WORD = re.compile(r"\S*\w\S*")

_EMOJI = re.compile("[\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff\u2600-\u27bf\u2b50\u2b55]")

_INFORMAL = re.compile(
    r"""
    \w['’](?:t|re|ve|ll|d|m)\b                             # contractions
    | \b(?:i|he|she|it|that|there|what|who|how|let)['’]s\b
    | \b(?:dont|cant|wont|didnt|doesnt|isnt|im|ive|thats)\b
    | \b(?:lol|lmao|lmfao|rofl|omg|wtf|tbh|imo|imho|idk|smh|btw|fyi|ikr|u|ur|r|thx|pls|plz|dude|bro|
        gonna|wanna|gotta|kinda|sorta|dunno|yeah|yea|yep|yup|nah|nope|hey|haha\w*|hehe\w*|damn|
        hell|ass|crap|shit\w*|bullshit|fuck\w*|bitch\w*)\b
    | ([a-z])\1\1                                          # sooo
    | ! | \.\. | …
    | [:;=]-?[()\[\]dp/] | <3                              # emoticons
    """,
    re.IGNORECASE | re.VERBOSE,
)

_LEARNER_SLIP = re.compile(
    r"""
    # the writer says so
    \b(?:english\s(?:is\snot|isn['’]?t)\smy\s|sorry\sfor\smy\s(?:bad\s|poor\s)?english)
    # a plural of a mass noun
    | \b(?:informations|advices|furnitures|equipments|homeworks|knowledges|feedbacks|softwares)\b
    # number: "he have", "they is", "one of the best thing."
    | (?:^|[.,!?]\s|\b(?:and|but|because|so|that|which)\s)(?:he|she|it)\s
        (?:have|are|do|need|want|go|make|say|like|look|seem|get|take|think|know)\b
    | \b(?:we|they)\s(?:is|has|was|does)\b
    | \b(?:much|every)\s(?:people|things|games|times|friends|days|problems)\b
    | \bmany\s(?:time|money|person|thing|problem|friend)\b
    | \bone\sof\s(?:the|my)\s(?:most\s\w+|best|worst|greatest)\s
        (?:thing|movie|game|player|show|song|episode|team|moment|comment|person|place)(?:[.,!?]|$)
    # verb forms: "I am agree", "didn't went", "will goes", "must to"
    | \b(?:am|['’]m|is|are)\s(?:agree|disagree)\b
    | \b(?:did\snot|didn['’]?t|does\snot|doesn['’]?t|will|would|could|should|can|must)\s
        (?:went|came|saw|knew|took|gave|thought|told|wanted|knows|wants|likes|makes|gets|goes|has)\b
    | \b(?:must|should)\sto\b
    | \bcan\sable\sto\b
    # comparison and complement: "more better", "explain me", "discuss about"
    | \b(?:more\s(?:better|worse|easier|bigger|faster|happier|stronger)|most\s(?:best|worst))\b
    | \b(?:explain|suggest)\s(?:me|us|him)\b
    | \bdiscuss(?:ed|ing)?\sabout\b
    | \bdepends?\sof\b
    # articles: "a honest", "is good idea", "in same", "for first time"
    | \ba\s(?:hour|honest\w*|[aeio](?!ne|nce|u)[a-z]{2,})\b
    | \b(?:is|was|am)\s(?:very\s|really\s)?(?:good|great|nice|bad|big|beautiful|terrible|stupid)\s
        (?:man|guy|person|idea|movie|film|game|thing|day|team|player|story|place|question|job|girl)\b
    | \b(?:in|at|of|on|for|with|is|was|from)\s(?:same|entire|first\stime|last\stime|other\sside)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)


def slice_masks(texts: Sequence[str]) -> dict[str, Bools]:
    """Return which texts belong to which slice.

    Args:
        texts: Texts as a user would pass them, not yet cleaned.

    Returns:
        A mask of shape (n_texts,) for each slice, in the order of this module's list. The slices
        overlap, and a slice may be empty.
    """
    tests: dict[str, Callable[[str], bool]] = {
        "all": lambda _: True,
        "very_short": lambda text: _n_words(text) <= MAX_WORDS_OF_VERY_SHORT,
        "long": lambda text: _n_words(text) >= MIN_WORDS_OF_LONG,
        "formal": _is_formal,
        "non_native": lambda text: bool(_LEARNER_SLIP.search(text)),
        "emoji": lambda text: bool(_EMOJI.search(text)),
    }
    return {
        name: np.array([test(text) for text in texts], dtype=np.bool_)
        for name, test in tests.items()
    }


def evaluate_slices(
    y_true: Array,
    probabilities: Array,
    label_thresholds: Array,
    masks: Mapping[str, Bools],
) -> dict[str, dict[str, float | None]]:
    """Compute the main figures on each slice.

    A small slice lacks some labels altogether. Here `macro_f1` is the mean over the labels that
    occur in the slice, as in `mean_average_precision`, so that absent labels do not pull it down;
    slices of different label sets compare only roughly.

    Args:
        y_true: Gold labels of shape (n_texts, n_labels), 0 or 1.
        probabilities: Probabilities of the same shape.
        label_thresholds: The shipped thresholds, of shape (n_labels,).
        masks: A mask of shape (n_texts,) for each slice, as `slice_masks` gives.

    Returns:
        For each slice `n_texts`, `n_labels` (labels that occur), `macro_f1`, `micro_f1`,
        `mean_average_precision` and `bce_loss`; None where a slice leaves a figure undefined.

    Raises:
        UsageError: The arrays do not fit together.
    """
    check_probabilities(y_true, probabilities)
    for name, mask in masks.items():
        if mask.shape != (len(y_true),):
            raise UsageError(
                f"Expected a mask of shape ({len(y_true)},) for the slice {name!r}, "
                f"found {mask.shape}."
            )
    return {
        name: _slice_figures(y_true[mask], probabilities[mask], label_thresholds)
        for name, mask in masks.items()
    }


def _slice_figures(
    y_true: Array, probabilities: Array, label_thresholds: Array
) -> dict[str, float | None]:
    occurring = y_true.astype(bool).any(axis=0)
    record: dict[str, float | None] = {"n_texts": len(y_true), "n_labels": int(occurring.sum())}
    if not occurring.any():
        return record | dict.fromkeys(METRICS)
    y_pred = probabilities >= label_thresholds
    return record | {
        "macro_f1": float(per_label_scores(y_true, y_pred).f1[occurring].mean()),
        "micro_f1": micro_f1(y_true, y_pred),
        "mean_average_precision": mean_average_precision(y_true, probabilities),
        "bce_loss": bce_loss(y_true, probabilities),
    }


def _n_words(text: str) -> int:
    return len(_WORD.findall(text))


def _is_formal(text: str) -> bool:
    stripped = text.strip()
    return (
        stripped[:1].isupper()
        and stripped.endswith(".")
        and _n_words(stripped) >= MIN_WORDS_OF_FORMAL
        and not _EMOJI.search(stripped)
        and not _INFORMAL.search(stripped)
    )
