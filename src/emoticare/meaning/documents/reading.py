"""Long texts: every sentence with its place and its emotions, and those of the whole."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from emoticare.errors import InputError
from emoticare.meaning.documents.aggregation import DocumentScores
from emoticare.meaning.documents.plan import SentencePlan
from emoticare.meaning.documents.sentences import split_sentences
from emoticare.meaning.documents.windows import SentenceInput, sentence_inputs
from emoticare.meaning.scorer import TextScorer
from emoticare.prediction.bars import boxed, note
from emoticare.prediction.scores import EmotionScores, rounded, rounded_groups
from emoticare.stages.decision import Threshold, decide, resolve_threshold, strongest_first
from emoticare.stages.probabilities import FloatArray, sigmoid
from emoticare.stages.text import clean_text

# Sentences read together: enough for full batches of like length, little in memory.
_SENTENCES_AT_ONCE: Final = 2048
# Of a sentence in one line, and of a document in a notebook.
_CHARS_SHOWN: Final = 40
_SENTENCES_SHOWN: Final = 20


@dataclass(frozen=True, slots=True, repr=False)
class Sentence(EmotionScores):
    """The emotions of one sentence of a text.

    Attributes:
        start: Where it begins in the text, in characters (code points) as Python counts them.
        end: Where it ends, so that `text[start:end]` is the sentence.
        text: The sentence.
        labels: Labels whose score reaches its threshold, best first; may be empty.
        scores: A calibrated probability in [0, 1] for every label of the model, in label order.
    """

    start: int
    end: int
    text: str
    labels: list[str]
    scores: dict[str, float]
    _exclusivity: float = field(default=0.0, repr=False, compare=False)

    def __hash__(self) -> int:
        return EmotionScores.__hash__(self)

    def __repr__(self) -> str:
        is_long = len(self.text) > _CHARS_SHOWN
        text = self.text[: _CHARS_SHOWN - 1] + "…" if is_long else self.text
        return f"Sentence({text!r}: {self.in_brief()})"

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON holds it, scores with six decimals."""
        return {
            "start": self.start,
            "end": self.end,
            "text": self.text,
            "labels": [*self.labels],
            "scores": rounded(self.scores),
        }


@dataclass(frozen=True, slots=True, repr=False)
class Document(EmotionScores):
    """The emotions of a text of any length, and of its sentences.

    Attributes:
        labels: Labels whose score reaches its threshold for documents, best first; may be empty.
        scores: For every label, the probability in [0, 1] that at least one sentence carries it.
        sentences: The sentences in order. They hold all of the text but white space.
    """

    labels: list[str]
    scores: dict[str, float]
    sentences: list[Sentence]
    _exclusivity: float = field(default=0.0, repr=False, compare=False)

    def __hash__(self) -> int:
        return EmotionScores.__hash__(self)

    def __repr__(self) -> str:
        n_sentences = len(self.sentences)
        counted = f"{n_sentences} sentence{'s' if n_sentences > 1 else ''}: " if n_sentences else ""
        return f"Document({counted}{self.in_brief()})"

    def to_dict(self, *, groups: bool = False) -> dict[str, Any]:
        """Return it as JSON holds it, scores with six decimals.

        Args:
            groups: Whether to give the probabilities of the groups of emotions, too.

        Raises:
            UsageError: If groups are wanted of a model without all emotions of GoEmotions.
        """
        return {
            "labels": [*self.labels],
            "scores": rounded(self.scores),
            **({"groups": rounded_groups(self.groups)} if groups else {}),
            "sentences": [sentence.to_dict() for sentence in self.sentences],
        }

    def _repr_html_(self) -> str:
        shown = self.sentences[:_SENTENCES_SHOWN]
        left = len(self.sentences) - len(shown)
        lines = [f"{sentence.text} – {sentence.in_brief()}" for sentence in shown]
        return boxed(self._bars(), *map(note, [*lines, *([f"and {left:,} more"] if left else [])]))


class DocumentReader:
    """Reads a text that comes in pieces, sentence by sentence; memory stays bounded.

    Args:
        classifier: What scores texts.
        pieces: The text, cut anywhere.
        threshold: None for the model's own thresholds, which are others for a sentence than for a
            document; a number from 0 to 1 for all labels of both; or a mapping by label (labels it
            leaves out keep the model's own).

    Raises:
        InputError: If a piece is no string.
        ThresholdError: If the threshold makes no sense.
    """

    def __init__(
        self, classifier: TextScorer, pieces: Iterable[str], threshold: Threshold = None
    ) -> None:
        self._classifier = classifier
        self._pieces = pieces
        self._threshold = threshold
        self._own = classifier.artifact.config.thresholds
        self._fitted = classifier.artifact.config.fitted
        self._thresholds = resolve_threshold(threshold, classifier.labels, self._own)
        self._scores = DocumentScores(len(classifier.labels), self._fitted.documents)

    def sentences(self) -> Iterator[Sentence]:
        """Yield the sentences; to be called once."""
        found = split_sentences(map(_checked, self._pieces))
        while sentences := list(islice(found, _SENTENCES_AT_ONCE)):
            plan = SentencePlan([sentence_inputs(sentences, self._classifier.tokenize)])
            (logits,) = plan.logits(self._classifier.predict_logits(plan.texts))
            probabilities = sigmoid(logits)
            self._scores.add(probabilities)
            yield from self._decided(plan.inputs[0], probabilities)

    def document(self, sentences: list[Sentence] | None = None) -> Document:
        """Return the emotions of what has been read so far.

        Args:
            sentences: What becomes the document's; none by default.
        """
        labels, scores = self._classifier.labels, self._scores.probabilities()
        own = self._scores.thresholds(self._own, labels)
        is_on = decide(scores, resolve_threshold(self._threshold, labels, own))
        return Document(
            labels=strongest_first(labels, scores, is_on),
            scores=dict(zip(labels, scores.tolist(), strict=True)),
            sentences=sentences or [],
            _exclusivity=self._fitted.exclusivity,
        )

    def _decided(
        self, inputs: Sequence[SentenceInput], probabilities: FloatArray
    ) -> Iterator[Sentence]:
        labels = self._classifier.labels
        decided = decide(probabilities, self._thresholds)
        for one, scores, is_on in zip(inputs, probabilities, decided, strict=True):
            start, text = one.sentence.start, one.sentence.text
            yield Sentence(
                start=start,
                end=start + len(text),
                text=text,
                labels=strongest_first(labels, scores, is_on),
                scores=dict(zip(labels, scores.tolist(), strict=True)),
                _exclusivity=self._fitted.exclusivity,
            )


def read(
    classifier: TextScorer,
    text: str,
    threshold: Threshold = None,
    on_progress: Callable[[int], object] | None = None,
) -> Document:
    """Read a text of any length; see `EmotionClassifier.read`."""
    clean_text(text)  # refuses what is no text
    reader = DocumentReader(classifier, [text], threshold)
    sentences: list[Sentence] = []
    n_read = 0
    for sentence in reader.sentences():
        sentences.append(sentence)
        if on_progress:
            on_progress(sentence.end - n_read)
            n_read = sentence.end
    if on_progress and n_read < len(text):
        on_progress(len(text) - n_read)
    return reader.document(sentences)


def _checked(piece: object) -> str:
    if not isinstance(piece, str):
        raise InputError(f"Expected pieces of a text as str, found {type(piece).__name__}.")
    return piece
