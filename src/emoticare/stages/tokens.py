"""Clean text -> tokens, by the tokenizer.json of the model.

A reply is read as `[CLS] what was said before [SEP] the reply [SEP]`.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tokenizers import Encoding, Tokenizer

from emoticare.errors import ArtifactError
from emoticare.stages.growth import check_growth
from emoticare.stages.text import Readable, Reply

# Tokens seldom span more characters than this, so one beginning usually holds all that is read.
_PREFIX_CHARS_PER_TOKEN = 16
# WordPiece makes one unknown token of any word above 100 characters.
_MOST_TOKENS_OF_A_WORD = 128
# Tokens of what was said before a text that are read beside it: the last two turns, mostly.
CONTEXT_TOKENS = 64
# Of a longer context the end is read.
CONTEXT_CHARS = CONTEXT_TOKENS * _PREFIX_CHARS_PER_TOKEN
# Runs that a shorter run stands for: of a word too long to be known, and of white space.
_LONG_RUN = re.compile(r"([A-Za-z0-9]{200})[A-Za-z0-9]+|([ \t\r\n])[ \t\r\n]+")


@dataclass(frozen=True, slots=True)
class TokenizedText:
    """The tokens of one text.

    Attributes:
        input_ids: Token ids, the two special ones included; at most `max_length`.
        truncated: Whether the text went on beyond them.
        n_context: How many of the ids, from the first, are those of what was said before, with the
            special tokens around it; 0 for a text alone.
    """

    input_ids: list[int]
    truncated: bool
    n_context: int = 0


class TextTokenizer:
    """Turns texts into token ids; safe to share between threads, since it never changes.

    Args:
        tokenizer_json: Content of a tokenizer.json.
        max_length: Most tokens of a text, the special ones included.

    Raises:
        ArtifactError: If the content is not a tokenizer.
    """

    def __init__(self, tokenizer_json: str, max_length: int) -> None:
        with _as_artifact_error():
            self._tokenizer = Tokenizer.from_str(tokenizer_json)
            self._tokenizer.enable_truncation(max_length)
            self._tokenizer.no_padding()
            # "[SEP]" in a text is what somebody typed, and separates nothing.
            self._tokenizer.encode_special_tokens = True
            self._n_special = self._tokenizer.num_special_tokens_to_add(is_pair=False)
            normalizer = self._tokenizer.normalizer
        if normalizer is not None:
            check_growth(normalizer.__getstate__())
        self.max_length = max_length

    def encode(self, texts: Sequence[Readable]) -> list[TokenizedText]:
        """Tokenize the texts in parallel.

        Of what was said before a reply the end is read, from a word on: at most `CONTEXT_TOKENS`
        tokens, and as many as the reply leaves room for.

        Raises:
            ArtifactError: If the tokenizer contradicts itself.
        """
        alone = [text.text if isinstance(text, Reply) else text for text in texts]
        tokenized = self._encode_alone(alone)
        replies = [(i, text) for i, text in enumerate(texts) if isinstance(text, Reply)]
        if replies:
            with _as_artifact_error():  # not by encode_batch_fast, which does not tell words apart
                contexts = self._tokenizer.encode_batch(
                    [_end_of_context(reply) for _, reply in replies]
                )
            for (i, _), context in zip(replies, contexts, strict=True):
                tokenized[i] = self._join(context, tokenized[i])
        return tokenized

    def _encode_alone(self, texts: Sequence[str]) -> list[TokenizedText]:
        n_chars = self.max_length * _PREFIX_CHARS_PER_TOKEN
        encodings = self._encode([text[:n_chars] for text in texts])
        return [
            self._read_further(text, encoding, n_chars)
            for text, encoding in zip(texts, encodings, strict=True)
        ]

    def offsets(self, text: Readable) -> list[tuple[int, int]]:
        """Return where each token that is read begins and ends in the text.

        The first `n_context` tokens of a reply have their places in what was said before it.
        Special tokens have no length. The cost grows with the text, unlike that of `encode`.

        Raises:
            ArtifactError: If the tokenizer contradicts itself.
        """
        if isinstance(text, Reply):
            (found,) = self.encode([text])
            own = self.offsets(text.text)
            return self._context_offsets(text, found.n_context) + own[bool(found.n_context) :]
        with _as_artifact_error():
            offsets: list[tuple[int, int]] = self._tokenizer.encode(text).offsets
        return offsets

    def _context_offsets(self, reply: Reply, n_context: int) -> list[tuple[int, int]]:
        if not n_context:
            return []
        end = _end_of_context(reply)
        with _as_artifact_error():
            encoding = self._tokenizer.encode(end)
        before = len(reply.context) - len(end)
        offsets = [
            (before + start, before + stop)
            for part in (encoding, *encoding.overflowing)
            for start, stop in part.offsets[1:-1]
        ]
        return [(0, 0), *offsets[len(offsets) - (n_context - 2) :], (0, 0)]

    def _read_further(self, text: str, encoding: Encoding, n_chars: int) -> TokenizedText:
        """Read ever longer beginnings of a text until they hold all the tokens that are read.

        The cost of a very long text is so that of its beginning. Cutting inside a word changes the
        tokens of that word only, so a beginning with that many tokens to spare is enough.
        """
        while n_chars < len(text) and not self._is_enough(encoding):
            text = _LONG_RUN.sub(r"\1\2", text)
            n_chars *= 2
            encoding = self._encode([text[:n_chars]])[0]
        return TokenizedText(encoding.ids, bool(encoding.overflowing))

    def _join(self, context: Encoding, text: TokenizedText) -> TokenizedText:
        """Put the end of what was said before a text, from a word on, in front of the text."""
        parts = [context, *context.overflowing]
        ids = [i for part in parts for i in part.ids[1:-1]]
        words = [word for part in parts for word in part.word_ids[1:-1]]
        room = self.max_length - len(text.input_ids) - 1
        start = max(0, len(ids) - min(CONTEXT_TOKENS, room))
        while 0 < start < len(ids) and words[start] == words[start - 1]:
            start += 1
        if start >= len(ids):
            return text
        before = [context.ids[0], *ids[start:], context.ids[-1]]
        return TokenizedText([*before, *text.input_ids[1:]], text.truncated, len(before))

    def _is_enough(self, encoding: Encoding) -> bool:
        # Each part of what overflows bears the special tokens again.
        parts = [encoding, *encoding.overflowing]
        n_tokens = sum(len(part.ids) - self._n_special for part in parts)
        return n_tokens >= self.max_length + _MOST_TOKENS_OF_A_WORD

    def _encode(self, texts: list[str]) -> list[Encoding]:
        with _as_artifact_error():
            encodings: list[Encoding] = self._tokenizer.encode_batch_fast(texts)
        return encodings


def _end_of_context(reply: Reply) -> str:
    return reply.context[-CONTEXT_CHARS:]


@contextmanager
def _as_artifact_error() -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        # A panic of the library's Rust code is no Exception.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise ArtifactError(
            "Expected a tokenizer.json of the tokenizers library, found something it cannot use "
            f"({error}). Save the model again."
        ) from error
