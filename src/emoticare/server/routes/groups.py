"""Whether a client may ask for groups of emotions."""

from emoticare.model.artifact import ModelArtifact
from emoticare.server.errors import ValidationError
from emoticare.server.schemas import Options
from emoticare.stages.groups import is_groupable


def check_groups(body: Options, artifact: ModelArtifact) -> None:
    """Refuses to group the emotions of a model that lacks some.

    Raises:
        ValidationError: If groups are asked for, and an emotion of GoEmotions is missing.
    """
    if body.groups and not is_groupable(artifact.config.labels):
        raise ValidationError(
            "Expected a request without groups, since this server's model lacks some of the "
            "emotions that they are made of. GET /info lists its labels."
        )
