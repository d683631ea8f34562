"""Whether a client may ask for groups of emotions, and what they are worked out with."""

from emoticare.model.artifact import ModelArtifact
from emoticare.server.errors import ValidationError
from emoticare.server.schemas import Options
from emoticare.stages.groups import is_groupable


def exclusivity_for(body: Options, artifact: ModelArtifact) -> float | None:
    """Return the model's exclusivity if a client asks for groups, and None if not.

    Raises:
        ValidationError: If groups are asked for, and an emotion of GoEmotions is missing.
    """
    if not body.groups:
        return None
    if not is_groupable(artifact.config.labels):
        raise ValidationError(
            "Expected a request without groups, since this server's model lacks some of the "
            "emotions that they are made of. GET /info lists its labels."
        )
    return artifact.config.fitted.exclusivity
