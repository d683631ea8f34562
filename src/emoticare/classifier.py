"""The classifier: the stages from text to labels, in order. Everything else is a user of it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, lru_cache, partial
from itertools import chain, islice
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from emoticare.engines.factory import open_engine
from emoticare.errors import UsageError
from emoticare.model.artifact import EMBEDDED_MODEL, ModelArtifact, apply_overlay, load_artifact
from emoticare.model.hub import fetch_model, is_repo_id
from emoticare.model.overlay import Overlay
from emoticare.prediction import LabelScore, Prediction, check_top_k, make_predictions
from emoticare.stages.batches import cut_batches, pad, shared_budget
from emoticare.stages.checks import InputChecker
from emoticare.stages.decision import Threshold, resolve_threshold
from emoticare.stages.probabilities import FloatArray, sigmoid
from emoticare.stages.text import Readable, clean_replies, clean_text, clean_texts
from emoticare.stages.tokens import TextTokenizer, TokenizedText

if TYPE_CHECKING:
    from emoticare.meaning.documents.reading import Document
    from emoticare.meaning.explanation import Explanation

# Texts tokenized and sorted together: enough for full batches of like length, little in memory.
_TEXTS_AT_ONCE = 2048


class EmotionClassifier:
    """Reads texts and says which emotions they carry.

    Args:
        artifact: The model; `emoticare.load` reads one from a folder.
        device: Where to run; see `emoticare.load`.
        threads: Threads on the processor; see `emoticare.load`.

    Attributes:
        artifact: The model.
        device: Where it runs: "cpu", "cuda" or "cuda:1".
        labels: Names of the labels, in the order of the columns of `predict_proba`.
        tokenizer: Its tokens of a text, and their places.
    """

    def __init__(
        self, artifact: ModelArtifact, *, device: str = "cpu", threads: int | None = None
    ) -> None:
        config = artifact.config
        self.artifact = artifact
        self.labels: tuple[str, ...] = config.labels
        self.tokenizer: TextTokenizer = TextTokenizer(artifact.tokenizer_json, config.max_length)
        self._engine = open_engine(artifact, device, threads)
        self.device: str = self._engine.device
        # As they were asked for: another process may have no GPU, or other processors.
        self._open_again = partial(EmotionClassifier, device=device, threads=threads)

    def __reduce__(self) -> tuple[Any, tuple[ModelArtifact]]:
        # A session cannot be pickled; another process opens its own.
        return self._open_again, (self.artifact,)

    def __repr__(self) -> str:
        config = self.artifact.config
        parts = {
            "name": config.provenance_part("preset").get("name"),
            "version": config.provenance.get("emoticare_version"),
            "labels": len(self.labels),
            "domain": config.domain,
            "device": self.device,
        }
        # Another maker may have put anything of any length there.
        return f"EmotionClassifier({', '.join(f'{k}={v!r:.40}' for k, v in parts.items())})"

    @overload
    def __call__(  # type: ignore[overload-overlap]  # a str is an Iterable[str] too
        self,
        texts: str,
        *,
        context: str | None = None,
        threshold: Threshold = None,
        abstain: bool = False,
    ) -> Prediction: ...
    @overload
    def __call__(
        self,
        texts: Iterable[str],
        *,
        context: Iterable[str | None] | None = None,
        threshold: Threshold = None,
        abstain: bool = False,
    ) -> list[Prediction]: ...
    @overload
    def __call__(  # type: ignore[overload-overlap]
        self, texts: str, *, context: str | None = None, top_k: int
    ) -> list[LabelScore]: ...
    @overload
    def __call__(
        self,
        texts: Iterable[str],
        *,
        context: Iterable[str | None] | None = None,
        top_k: int,
    ) -> list[list[LabelScore]]: ...
    def __call__(
        self,
        texts: str | Iterable[str],
        *,
        context: str | Iterable[str | None] | None = None,
        threshold: Threshold = None,
        abstain: bool = False,
        top_k: int | None = None,
    ) -> Prediction | list[Prediction] | list[LabelScore] | list[list[LabelScore]]:
        """Predict one text, or many.

        Args:
            texts: A string, or any iterable of strings.
            context: As for `predict`; a string or None for one text.
            threshold: As for `predict`.
            abstain: As for `predict`.
            top_k: Give no predictions but the `top_k` strongest labels, whatever their thresholds,
                as the text classification pipeline of transformers does: a list of dictionaries of
                `label` and `score` for each text, best first.

        Returns:
            `predict` of a list, or its only element for a string.

        Raises:
            InputError: As for `predict`.
            ThresholdError: As for `predict`.
            UsageError: As for `predict`, or if `top_k` is no whole number above 0, or comes with
                `threshold` or `abstain`.
        """
        if top_k is not None:
            check_top_k(top_k)
            if threshold is not None or abstain:
                raise UsageError(
                    "Expected top_k, which gives the strongest labels found or not, or threshold "
                    "and abstain, which say what is found; found both. Leave one out."
                )
        if isinstance(texts, str):
            texts, is_one = [texts], True
            context = None if context is None else [clean_text(context)]
        else:
            is_one = False
        predictions = self.predict(texts, context=context, threshold=threshold, abstain=abstain)
        if top_k is None:
            return predictions[0] if is_one else predictions
        strongest = [prediction.label_scores(top_k) for prediction in predictions]
        return strongest[0] if is_one else strongest

    def predict(
        self,
        texts: Iterable[str],
        *,
        context: Iterable[str | None] | None = None,
        threshold: Threshold = None,
        abstain: bool = False,
    ) -> list[Prediction]:
        """Predict the emotions of each text.

        Args:
            texts: Any iterable of strings; an empty one gives an empty list.
            context: What was said before each text, a line a turn; None where nothing was. The
                emotions are those of the text, as a reply to it. Of a long context the end is read.
            threshold: None for the model's own thresholds, a number from 0 to 1 for all labels, or
                a mapping by label (labels it leaves out keep the model's own).
            abstain: Whether to give no labels to a text that looks like another language or no
                prose at all, or has no word; its scores stay, and its warnings say why.

        Returns:
            One prediction a text, in order.

        Raises:
            InputError: If `texts` is one string, or holds something that is not a string; likewise
                `context`, or if it has not one element a text.
            ThresholdError: If the threshold makes no sense.
            UsageError: If there is a context and the model reads none.
        """
        return list(self.stream(texts, context=context, threshold=threshold, abstain=abstain))

    def stream(
        self,
        texts: Iterable[str],
        *,
        context: Iterable[str | None] | None = None,
        threshold: Threshold = None,
        abstain: bool = False,
    ) -> Iterator[Prediction]:
        """Predict like `predict`, but one by one, reading `texts` as it goes.

        Memory stays bounded, however many texts there are.
        """
        thresholds = resolve_threshold(threshold, self.labels, self.artifact.config.thresholds)
        return self._stream(self._readable(texts, context), thresholds, abstain)

    def explain(
        self, text: str, *, context: str | None = None, threshold: Threshold = None
    ) -> "Explanation":
        """Return how much each word and sentence moves each emotion; see `Explanation`.

        Args:
            text: The text.
            context: What was said before it, whose words are tried, too; see `predict`.
            threshold: As for `predict`.

        Raises:
            InputError: If the text is not a string, or the context neither string nor None.
            ThresholdError: If the threshold makes no sense.
            UsageError: If there is a context and the model reads none.
        """
        from emoticare.meaning.explanation import explain

        return explain(self, text, threshold, context)

    def predict_proba(
        self, texts: Iterable[str], *, context: Iterable[str | None] | None = None
    ) -> FloatArray:
        """Return calibrated probabilities, float32 of shape (n_texts, n_labels) in [0, 1].

        Args:
            texts: As for `predict`.
            context: As for `predict`.

        Raises:
            InputError: As for `predict`.
            UsageError: If there is a context and the model reads none.
        """
        return sigmoid(self.predict_logits(texts, context=context))

    def predict_logits(
        self, texts: Iterable[str], *, context: Iterable[str | None] | None = None
    ) -> FloatArray:
        """Return calibrated logits, float32 of shape (n_texts, n_labels)."""
        return self.predict_outputs(texts, context=context)[:, : len(self.labels)]

    def predict_outputs(
        self, texts: Iterable[str], *, context: Iterable[str | None] | None = None
    ) -> FloatArray:
        """Return calibrated logits of all labels, and then of all risks that the model tells of.

        Returns:
            float32 of shape (n_texts, n_labels + n_risks); `artifact.config.outputs` names the
            columns.
        """
        readable = self._readable(texts, context)
        parts = [outputs for _, outputs in tokens_and_outputs(self, readable)]
        n_outputs = len(self.artifact.config.outputs)
        return np.concatenate(parts) if parts else np.zeros((0, n_outputs), np.float32)

    def read(
        self,
        text: str,
        *,
        threshold: Threshold = None,
        on_progress: Callable[[int], object] | None = None,
    ) -> "Document":
        """Read a text of any length, sentence by sentence; nothing is cut.

        Args:
            text: The text.
            threshold: As for `predict`. By default sentences have the model's own thresholds, and
                the document has others that follow from them.
            on_progress: Called now and then with the number of characters read since the last call;
                together they are those of the text.

        Returns:
            The emotions of the whole, and of each sentence with its place in the text. For texts
            too long for memory see `emoticare.meaning.documents.DocumentReader`.

        Raises:
            InputError: If the text is not a string.
            ThresholdError: If the threshold makes no sense.
        """
        from emoticare.meaning.documents.reading import read

        return read(self, text, threshold, on_progress)

    def with_artifact(self, artifact: ModelArtifact) -> "EmotionClassifier":
        """Return one with other thresholds or another calibration, which shares what is loaded.

        Args:
            artifact: Of the same graph and tokenizer.
        """
        other = EmotionClassifier.__new__(EmotionClassifier)
        other.__dict__.update(self.__dict__, artifact=artifact)
        return other

    def tokenize(self, texts: Sequence[Readable]) -> list[TokenizedText]:
        """Return the tokens of each text: the first half of `predict_logits`.

        Args:
            texts: Clean, as `emoticare.stages.text` returns them.
        """
        return self.tokenizer.encode(texts)

    def warnings(self, tokenized: Sequence[TokenizedText]) -> list[list[str]]:
        """Return the warnings of each text; see `emoticare.stages.checks`."""
        return self._checker.warnings(tokenized)

    def logits(self, tokenized: Sequence[TokenizedText]) -> FloatArray:
        """Return calibrated logits, float32 of shape (n_texts, n_labels): the second half."""
        return self.outputs(tokenized)[:, : len(self.labels)]

    def outputs(
        self,
        tokenized: Sequence[TokenizedText],
        token_budget: int | None = None,
        on_texts: Callable[[int], object] | None = None,
    ) -> FloatArray:
        """Return the same as `predict_outputs` of tokenized texts.

        Args:
            tokenized: The tokens of each text.
            token_budget: Most tokens of a batch, padding included; None for the engine's own.
            on_texts: Called after each batch with the number of its texts.
        """
        outputs = np.empty((len(tokenized), self._engine.n_outputs), np.float32)
        lengths = [len(text.input_ids) for text in tokenized]
        if token_budget is None:
            token_budget = self._engine.token_budget
        budget = shared_budget(sum(lengths), token_budget, self._engine.n_parallel)
        batches = cut_batches(lengths, budget)
        padded = (pad([tokenized[i].input_ids for i in batch]) for batch in batches)
        for batch, values in zip(batches, self._engine.run_batches(padded), strict=True):
            outputs[batch] = values
            if on_texts is not None:
                on_texts(len(batch))
        if self.artifact.calibration:
            scale, offset = self.artifact.calibration
            logits = outputs[:, : len(self.labels)]
            logits *= scale
            logits += offset
        return outputs

    @cached_property
    def _checker(self) -> InputChecker:
        return InputChecker(self.artifact.tokenizer_json, EMBEDDED_MODEL)

    def _readable(
        self, texts: Iterable[str], context: Iterable[str | None] | None
    ) -> Iterator[Readable]:
        if context is None:
            return clean_texts(texts)
        self.artifact.config.check_reads_context()
        return clean_replies(texts, context)

    def _stream(
        self, texts: Iterator[Readable], thresholds: FloatArray, abstain: bool
    ) -> Iterator[Prediction]:
        for tokenized, outputs in tokens_and_outputs(self, texts):
            yield from make_predictions(
                self.labels,
                tokenized,
                sigmoid(outputs[:, : len(self.labels)]),
                thresholds,
                self.warnings(tokenized),
                exclusivity=self.artifact.config.fitted.exclusivity,
                abstain=abstain,
            )


def tokens_and_outputs(
    classifier: EmotionClassifier,
    texts: Iterator[Readable],
    on_texts: Callable[[int], object] | None = None,
) -> Iterator[tuple[list[TokenizedText], FloatArray]]:
    """Work texts out, chunk by chunk: both halves of `EmotionClassifier.predict_outputs`.

    While the engine runs a chunk, the next one is read and tokenized and the last one is put to
    use.

    Args:
        classifier: The model.
        texts: Clean, as `emoticare.stages.text` yields them.
        on_texts: Called now and then, by the caller's own thread, with the number of texts that
            were worked out since the last call.

    Yields:
        The tokens of some texts, and their calibrated logits of shape (n_texts, n_outputs).
    """
    chunks = _chunks(texts)
    first = next(chunks, [])
    if len(first) < _TEXTS_AT_ONCE:
        # There is no next one, and a thread would cost a single text dearly.
        if first:
            tokenized = classifier.tokenize(first)
            yield tokenized, classifier.outputs(tokenized, on_texts=on_texts)
        return
    with ThreadPoolExecutor(1, "emoticare-chunk") as engine:
        running: _ChunkInWork | None = None
        for chunk in chain([first], chunks):
            done, running = running, _ChunkInWork(classifier, classifier.tokenize(chunk), engine)
            if done is not None:
                yield done.tokenized, done.outputs(on_texts)
        if running is not None:
            yield running.tokenized, running.outputs(on_texts)


class _ChunkInWork:
    """Some texts whose outputs another thread works out, which says how far it has come."""

    def __init__(
        self,
        classifier: EmotionClassifier,
        tokenized: list[TokenizedText],
        engine: ThreadPoolExecutor,
    ) -> None:
        self.tokenized = tokenized
        # None says that no more will come.
        self._counts: SimpleQueue[int | None] = SimpleQueue()
        self._outputs = engine.submit(self._work, classifier)

    def outputs(self, on_texts: Callable[[int], object] | None) -> FloatArray:
        """Wait for the outputs."""
        for n_texts in iter(self._counts.get, None):
            if on_texts is not None:
                on_texts(n_texts)
        return self._outputs.result()

    def _work(self, classifier: EmotionClassifier) -> FloatArray:
        try:
            return classifier.outputs(self.tokenized, on_texts=self._counts.put)
        finally:
            self._counts.put(None)


def load(
    model: Path | str | ModelArtifact | None = None,
    *,
    domain: str | None = None,
    overlay: Overlay | Path | str | None = None,
    device: str = "cpu",
    threads: int | None = None,
) -> EmotionClassifier:
    """Load a classifier.

    Args:
        model: A model's folder, which `emoticare train` or `emoticare export` wrote (or a model
            already in memory); or, as a string where there is no such folder, "user/name" of a
            repository on the Hugging Face hub. None for the one in the package.
        domain: What kind of text it reads: "everyday" (the default of the model in the package) or
            "reddit", as GoEmotions is. Thresholds and calibration follow from it.
        overlay: The file that `emoticare tune` wrote for this model: your own thresholds and
            calibration.
        device: "cpu"; "cuda" for a GPU through PyTorch, in half precision ("cuda:1" for the
            second); "auto" for a GPU if there is one that can be used, and the processor otherwise.
        threads: Threads on the processor. By default as many as the environment variable
            EMOTICARE_THREADS says, or else one for each processor that the process may use by its
            affinity, its control group's quota and OMP_NUM_THREADS.

    Raises:
        ArtifactError: If the folder or the overlay is missing, incomplete, altered or foreign, or
            they do not belong together.
        MissingExtraError: If a GPU is wanted and PyTorch is not installed, or a Hugging Face folder
            or repository and the extra `export` is not.
        UsageError: If there is no such device or domain, or the number of threads makes no sense.
    """
    if isinstance(model, str) and is_repo_id(model) and not Path(model).exists():
        model = fetch_model(model)
    if not isinstance(model, ModelArtifact):
        model = load_artifact(model)
    if domain is not None:
        model = model.in_domain(domain)
    if overlay is not None:
        model = apply_overlay(model, overlay)
    return EmotionClassifier(model, device=device, threads=threads)


def predict_emotions(text: str, threshold: Threshold = 0.3) -> list[LabelScore]:
    """Predict one text with the embedded model, in the shape of the original EmotiCare.

    Args:
        text: The text.
        threshold: A number, a mapping by label, or None for the model's own thresholds.

    Returns:
        A dictionary of `label` and `score` for every label at or above its threshold, best first.

    Raises:
        InputError: If the text is not a string.
        ThresholdError: If the threshold makes no sense.
    """
    prediction = embedded_classifier()(clean_text(text), threshold=threshold)
    return [{"label": label, "score": prediction.scores[label]} for label in prediction.labels]


@lru_cache(maxsize=1)
def embedded_classifier() -> EmotionClassifier:
    """Return the classifier of the package's own model, which is loaded once a process."""
    return load()


def _chunks(texts: Iterator[Readable]) -> Iterator[list[Readable]]:
    while chunk := list(islice(texts, _TEXTS_AT_ONCE)):
        yield chunk
