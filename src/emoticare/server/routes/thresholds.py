"""A client's thresholds -> one a label."""

from emoticare.model.artifact import ModelArtifact
from emoticare.server.errors import ValidationError
from emoticare.server.schemas import LabelThresholds, Options
from emoticare.stages.decision import resolve_threshold
from emoticare.stages.probabilities import FloatArray


def resolve(body: Options, artifact: ModelArtifact) -> FloatArray:
    """Return the thresholds that a request asks for, float32 of shape (n_labels,).

    Raises:
        ValidationError: If it names an unknown label.
    """
    config = artifact.config
    thresholds = body.thresholds
    if isinstance(thresholds, LabelThresholds):
        unknown = set(thresholds.root) - set(config.labels)
        if unknown:  # not named: a client may have put anything there
            raise ValidationError(
                f"Expected thresholds of the model's labels, found {len(unknown)} unknown. "
                "GET /info lists the labels."
            )
        return resolve_threshold(thresholds.root, config.labels, config.thresholds)
    return resolve_threshold(thresholds, config.labels, config.thresholds)
