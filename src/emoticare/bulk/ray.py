"""For people who live in Ray Data: emotions as a step of `Dataset.map_batches`.

Files are scored exactly once by `emoticare score --engine ray` instead; this is for pipelines.
"""

import os
from typing import Any

from emoticare.bulk.arrow_tables import ArrowTable, arrow_table
from emoticare.bulk.row_scoring import score_rows
from emoticare.bulk.rows import Rows
from emoticare.bulk.settings import ScoreColumns, ScoreSettings
from emoticare.classifier import EmotionClassifier, load
from emoticare.errors import MissingExtraError
from emoticare.model.artifact import ModelArtifact
from emoticare.stages.decision import Threshold


class EmotionBatchScorer:
    """A callable class for `Dataset.map_batches(..., batch_format="pyarrow")`.

    Each of Ray's workers makes one, and so loads the model once.

    Args:
        text_column: Holds the texts; one that cannot be scored gets its reason in `emotion_error`.
        scores: "none", "top" or "all"; see `emoticare score`.
        threshold: As of `EmotionClassifier.predict`.
        model: A model; None for the one in the package.
        context_column: Holds what was said before each text, if the model reads it.
        groups: Whether to add a column for each group of emotions, such as `emotion_ekman_anger`.
        warnings: Whether to add `emotion_warnings`, a list for each text.
        abstain: Whether texts with certain warnings get no labels; see `EmotionClassifier.predict`.

    Raises:
        UsageError: If there is such a column and the model reads each text alone, or groups are
            wanted of a model without all emotions of GoEmotions.
    """

    def __init__(
        self,
        text_column: str = "text",
        scores: ScoreColumns = "none",
        threshold: Threshold = None,
        model: ModelArtifact | None = None,
        context_column: str | None = None,
        *,
        groups: bool = False,
        warnings: bool = False,
        abstain: bool = False,
    ) -> None:
        self._settings = ScoreSettings(
            text_column=text_column,
            context_column=context_column,
            scores=scores,
            threshold=threshold,
            groups=groups,
            warnings=warnings,
            abstain=abstain,
        )
        self._classifier: EmotionClassifier = load(model)
        self._settings.check_read_by(self._classifier.artifact.config)

    def __call__(self, batch: Any) -> Any:
        """Return the batch, a pyarrow Table, with the columns that scoring adds."""
        rows = Rows(ArrowTable(batch), 1)
        added = arrow_table(score_rows(self._classifier, rows, self._settings).added)
        for name in added.column_names:
            batch = batch.append_column(name, added[name])
        return batch


def score_dataset(
    dataset: Any,
    text_column: str = "text",
    *,
    scores: ScoreColumns = "none",
    threshold: Threshold = None,
    model: ModelArtifact | None = None,
    context_column: str | None = None,
    groups: bool = False,
    warnings: bool = False,
    abstain: bool = False,
    concurrency: int | tuple[int, int] | None = None,
    batch_size: int = 4096,
) -> Any:
    """Add emotions to a Ray Dataset; lazy and streaming, as Ray Data is.

    Args:
        dataset: A `ray.data.Dataset`.
        text_column: Holds the texts.
        scores: "none", "top" or "all".
        threshold: As of `EmotionClassifier.predict`.
        model: A model; None for the one in the package.
        context_column: Holds what was said before each text, if the model reads it.
        groups: Whether to add a column for each group of emotions, such as `emotion_ekman_anger`.
        warnings: Whether to add `emotion_warnings`, a list for each text.
        abstain: Whether texts with certain warnings get no labels.
        concurrency: Workers of one processor each, or the fewest and the most; by default from 1 to
            as many as there are processors.
        batch_size: Rows scored together.

    Returns:
        A `ray.data.Dataset`.

    Raises:
        MissingExtraError: If Ray is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError("Scoring a Ray Dataset", "ray") from error
    most = max(1, int(ray.cluster_resources().get("CPU", 1))) if ray.is_initialized() else 1
    return dataset.map_batches(
        EmotionBatchScorer,
        fn_constructor_args=(text_column, scores, threshold, model, context_column),
        fn_constructor_kwargs={"groups": groups, "warnings": warnings, "abstain": abstain},
        batch_format="pyarrow",
        batch_size=batch_size,
        concurrency=concurrency or (1, most),
        num_cpus=1,
    )
