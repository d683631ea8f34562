"""What the model said of texts that come again, kept without the texts."""

import hashlib
import secrets
from collections import OrderedDict
from typing import Final

from emoticare.stages.probabilities import FloatArray

# About 2 MB.
_MOST_TEXTS: Final = 4096
_KEY_BYTES: Final = 16


class ScoreCache:
    """The outputs of the latest texts, for routes to which clients send all of a text as it grows.

    A text is known by a hash with a secret of this process: nobody can tell from it what the text
    was, or whether it was a certain one.

    Args:
        most_texts: How many are remembered.
    """

    def __init__(self, most_texts: int = _MOST_TEXTS) -> None:
        self._most_texts = most_texts
        self._secret = secrets.token_bytes(hashlib.blake2b.MAX_KEY_SIZE)
        self._outputs: OrderedDict[bytes, FloatArray] = OrderedDict()

    def key(self, text: str) -> bytes:
        """Return by what a text is known."""
        return hashlib.blake2b(
            text.encode(errors="surrogatepass"), digest_size=_KEY_BYTES, key=self._secret
        ).digest()

    def find(self, key: bytes) -> FloatArray | None:
        """Return the outputs of a text, of shape (n_outputs,); None if it is not remembered."""
        outputs = self._outputs.get(key)
        if outputs is not None:
            self._outputs.move_to_end(key)
        return outputs

    def add(self, key: bytes, outputs: FloatArray) -> None:
        """Remember the outputs of a text, and forget those that were asked for longest ago."""
        self._outputs[key] = outputs.copy()
        while len(self._outputs) > self._most_texts:
            self._outputs.popitem(last=False)
