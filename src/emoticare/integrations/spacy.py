"""spaCy: `nlp.add_pipe("emoticare")` gives `doc._.emotions`, once this module is imported."""

from collections.abc import Iterable, Iterator
from itertools import tee
from typing import Any

from emoticare.classifier import load
from emoticare.errors import MissingExtraError

try:
    from spacy.language import Language
    from spacy.tokens import Doc
except ImportError as error:
    raise MissingExtraError("The spaCy component", "spacy") from error


@Language.factory("emoticare", default_config={"model": None}, assigns=["doc._.emotions"])
class EmotionComponent:
    """Sets `doc._.emotions`, a `Prediction`; the arguments are those of `Language.factory`."""

    def __init__(self, nlp: Language, name: str, model: str | None) -> None:  # noqa: ARG002
        self._classifier = load(model)
        if not Doc.has_extension("emotions"):
            Doc.set_extension("emotions", default=None)

    def __call__(self, doc: Doc) -> Doc:
        """Score one document."""
        doc._.emotions = self._classifier(doc.text)
        return doc

    def pipe(self, stream: Iterable[Doc], **_: Any) -> Iterator[Doc]:
        """Score many documents, in batches."""
        docs, read = tee(stream)
        predictions = self._classifier.stream(doc.text for doc in read)
        for doc, prediction in zip(docs, predictions, strict=True):
            doc._.emotions = prediction
            yield doc
