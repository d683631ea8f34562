"""spaCy: `nlp.add_pipe("emoticare")` gives `doc._.emotions`, once this module is imported."""

from collections.abc import Iterable, Iterator
from itertools import tee
from typing import Any

from emoticare.errors import MissingExtraError
from emoticare.integrations.frames import classifier_or_embedded

try:
    from spacy.language import Language
    from spacy.tokens import Doc
except ImportError as error:
    raise MissingExtraError("The spaCy component", "spacy") from error


@Language.factory(
    "emoticare",
    default_config={"model": None, "threshold": None, "abstain": False},
    assigns=["doc._.emotions"],
)
class EmotionComponent:
    """Sets `doc._.emotions`, a `Prediction`, which has groups and warnings.

    Args:
        nlp: The pipeline.
        name: Of the component in it.
        model: A model's folder; None for the one in the package.
        threshold: See `EmotionClassifier.predict`.
        abstain: Whether texts with certain warnings get no labels; see `EmotionClassifier.predict`.
    """

    def __init__(
        self,
        nlp: Language,  # noqa: ARG002
        name: str,  # noqa: ARG002
        model: str | None,
        threshold: float | dict[str, float] | None,
        abstain: bool,
    ) -> None:
        self._classifier = classifier_or_embedded(None, model)
        self._threshold = threshold
        self._abstain = abstain
        if not Doc.has_extension("emotions"):
            Doc.set_extension("emotions", default=None)

    def __call__(self, doc: Doc) -> Doc:
        """Score one document."""
        doc._.emotions = self._classifier(
            doc.text, threshold=self._threshold, abstain=self._abstain
        )
        return doc

    def pipe(self, stream: Iterable[Doc], **_: Any) -> Iterator[Doc]:
        """Score many documents, in batches."""
        docs, read = tee(stream)
        texts = (doc.text for doc in read)
        predictions = self._classifier.stream(
            texts, threshold=self._threshold, abstain=self._abstain
        )
        for doc, prediction in zip(docs, predictions, strict=True):
            doc._.emotions = prediction
            yield doc
