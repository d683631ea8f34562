"""What was said before the texts of a request, if it says so."""

from collections.abc import Sequence

from emoticare.model.config import ModelConfig
from emoticare.server.errors import ValidationError
from emoticare.stages.text import Readable, Reply, in_context


def in_contexts(
    texts: Sequence[str], contexts: Sequence[str | None] | None, model: ModelConfig
) -> list[Readable]:
    """Return texts with what was said before them.

    Args:
        texts: Clean texts.
        contexts: What was said before each, as clean text; None or white space for nothing.
        model: What the model's config.json says.

    Raises:
        ValidationError: If they differ in number, or the model reads texts alone.
    """
    if contexts is None:
        return [*texts]
    if len(contexts) != len(texts):
        raise ValidationError(
            f"Expected as many contexts as texts, found {len(contexts)} and {len(texts)}. Send "
            "null where nothing was said before a text."
        )
    pairs = zip(texts, contexts, strict=True)
    readable = [in_context(text, context or "") for text, context in pairs]
    if not model.reads_context and has_context(readable):
        raise ValidationError(
            "Expected texts without a context, since this server's model reads each text alone. "
            "Leave the context out."
        )
    return readable


def has_context(texts: Sequence[Readable]) -> bool:
    """Return whether something was said before one of the texts."""
    return any(isinstance(text, Reply) for text in texts)
