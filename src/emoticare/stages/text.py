"""Text -> clean text: checks types and makes any string safe to tokenize.

What changes the meaning of a text (lower-casing, accents, white space) is the tokenizer's work, so
that every runtime that reads tokenizer.json does the same.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import starmap, zip_longest
from typing import Final, TypeAlias

from emoticare.errors import InputError

_CHARS_AT_ONCE: Final = 65_536
# The first halves of surrogate pairs.
_FIRST_HALF: Final = ("\ud800", "\udbff")
_NOTHING: Final = object()


@dataclass(frozen=True, slots=True)
class Reply:
    """A clean text that is read with what was said before it.

    Attributes:
        text: The text, whose emotions are wanted.
        context: What was said before, as clean text; not empty.
    """

    text: str
    context: str


Readable: TypeAlias = str | Reply
"""What the model reads at a time: a clean text, alone or with what was said before it."""


def clean_text(text: object, position: int | None = None) -> str:
    """Return the text as valid Unicode: surrogate pairs joined, lone ones replaced by U+FFFD.

    Args:
        text: What the caller gave; any string is accepted, the empty one too.
        position: Its place in the caller's list, for the message.

    Raises:
        InputError: If it is not a string.
    """
    if not isinstance(text, str):
        place = "" if position is None else f" at position {position}"
        raise InputError(
            f"Expected a text as str{place}, found {type(text).__name__}. {_hint(text)}"
        )
    if text.isascii():
        return text
    return "".join(map(_valid, _pieces(text)))


def clean_texts(texts: object) -> Iterator[str]:
    """Return the cleaned texts one by one.

    Raises:
        InputError: If it is one string or no iterable, or when an element is not a string.
    """
    if isinstance(texts, bytes | bytearray):
        raise InputError(f"Expected a list of texts, found {type(texts).__name__}. {_hint(texts)}")
    if isinstance(texts, str):
        raise InputError(
            "Expected a list of texts, found one str. "
            "For a single text call the classifier itself, clf(text), or pass [text]."
        )
    if not isinstance(texts, Iterable):
        raise InputError(
            f"Expected a list of texts, found {type(texts).__name__}. Pass a list of str."
        )
    check_one_column(texts)
    return (clean_text(text, position) for position, text in enumerate(texts))


def clean_replies(texts: object, contexts: object) -> Iterator[Readable]:
    """Return texts with what was said before them, cleaned, one by one.

    Args:
        texts: As for `clean_texts`.
        contexts: What was said before each, in their order; None or "" for nothing.

    Raises:
        InputError: If one of the two is no iterable of strings, or they differ in number.
    """
    pairs = zip_longest(clean_texts(texts), clean_contexts(contexts), fillvalue=_NOTHING)
    return starmap(_in_context, pairs)


def clean_contexts(contexts: object) -> Iterator[str]:
    """Return the cleaned contexts one by one; "" where nothing was said before.

    Raises:
        InputError: If they are one string or no iterable, or when one is neither string nor None.
    """
    if isinstance(contexts, str | bytes | bytearray) or not isinstance(contexts, Iterable):
        raise InputError(
            f"Expected a context for each text, found one {type(contexts).__name__}. Pass a list "
            "as long as that of the texts, with None where nothing was said before."
        )
    check_one_column(contexts)
    return (
        "" if context is None else clean_text(context, position)
        for position, context in enumerate(contexts)
    )


def in_context(text: str, context: str) -> Readable:
    """Return a clean text, with what was said before it unless that is nothing."""
    return Reply(text, context) if context and not context.isspace() else text


def _in_context(text: object, context: object) -> Readable:
    if isinstance(text, str) and isinstance(context, str):
        return in_context(text, context)
    more = "contexts" if text is _NOTHING else "texts"
    raise InputError(
        f"Expected as many contexts as texts, found more {more}. Pass a context for each text, "
        "with None where nothing was said before."
    )


def check_one_column(texts: object) -> None:
    """Refuse a table, which is iterated over by the names of its columns.

    Raises:
        InputError: If it has another number of dimensions than one.
    """
    n_dimensions = getattr(texts, "ndim", 1)
    if n_dimensions != 1:
        raise InputError(
            f"Expected a list of texts, found a {type(texts).__name__} of {n_dimensions} "
            'dimensions. Pass one column, for example table["text"].'
        )


def _valid(text: str) -> str:
    # Surrogates cannot be written as UTF-8, which the tokenizer needs.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _pieces(text: str) -> Iterator[str]:
    """Yield a text in pieces: other threads stand still while one is decoded."""
    start = 0
    while start < len(text):
        end = start + _CHARS_AT_ONCE
        if _FIRST_HALF[0] <= text[end - 1 : end] <= _FIRST_HALF[1]:
            end += 1
        yield text[start:end]
        start = end


def _hint(found: object) -> str:
    if isinstance(found, bytes | bytearray):
        return "Decode the bytes first, for example with .decode('utf-8')."
    if found is None or isinstance(found, float):
        return "Drop or fill missing values first."
    if isinstance(found, list | tuple):
        return "Pass one text; many of them go to the method predict of a classifier."
    return "Convert it with str() if that is what you mean."
