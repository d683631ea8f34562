"""What a text is not: cheap warnings from the pieces that the tokenizer cut it into."""

from emoticare.screening.screener import Screener
from emoticare.screening.warning import TextWarning, abstains

__all__ = ["Screener", "TextWarning", "abstains"]
