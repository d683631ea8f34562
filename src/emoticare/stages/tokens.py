"""Clean text -> tokens, by the tokenizer.json of the model."""

from collections.abc import Sequence
from dataclasses import dataclass

from tokenizers import Encoding, Tokenizer

from emoticare.errors import ArtifactError

# Tokens seldom span more characters than this, so one beginning usually holds all that is read.
_PREFIX_CHARS_PER_TOKEN = 16
# WordPiece makes one unknown token of any word above 100 characters.
_MOST_TOKENS_OF_A_WORD = 128


@dataclass(frozen=True, slots=True)
class TokenizedText:
    """The tokens of one text.

    Attributes:
        input_ids: Token ids, the two special ones included; at most `max_length`.
        truncated: Whether the text went on beyond them.
    """

    input_ids: list[int]
    truncated: bool


class TextTokenizer:
    """Turns texts into token ids; safe to share between threads, since it never changes.

    Args:
        tokenizer_json: Content of a tokenizer.json.
        max_length: Most tokens of a text, the special ones included.

    Raises:
        ArtifactError: If the content is not a tokenizer.
    """

    def __init__(self, tokenizer_json: str, max_length: int) -> None:
        try:
            self._tokenizer = Tokenizer.from_str(tokenizer_json)
        except Exception as error:
            raise ArtifactError(
                "Expected a tokenizer.json of the tokenizers library, found something it "
                f"cannot read ({error}). Save the model again."
            ) from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_length)
        self.max_length = max_length

    def encode(self, texts: Sequence[str]) -> list[TokenizedText]:
        """Tokenizes the texts in parallel."""
        n_chars = self.max_length * _PREFIX_CHARS_PER_TOKEN
        encodings = self._tokenizer.encode_batch_fast([text[:n_chars] for text in texts])
        return [
            self._read_further(text, encoding, n_chars)
            for text, encoding in zip(texts, encodings, strict=True)
        ]

    def _read_further(self, text: str, encoding: Encoding, n_chars: int) -> TokenizedText:
        """Reads ever longer beginnings of a text until they hold all the tokens that are read.

        The cost of a very long text is so that of its beginning. Cutting inside a word changes the
        tokens of that word only, so a beginning with that many tokens to spare is enough.
        """
        while (
            n_chars < len(text) and _n_tokens(encoding) < self.max_length + _MOST_TOKENS_OF_A_WORD
        ):
            n_chars *= 2
            encoding = self._tokenizer.encode_batch_fast([text[:n_chars]])[0]
        return TokenizedText(encoding.ids, bool(encoding.overflowing))


def _n_tokens(encoding: Encoding) -> int:
    return len(encoding.ids) + sum(len(rest.ids) for rest in encoding.overflowing)
