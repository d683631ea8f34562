"""Settings as they are read from files, at the start and on SIGHUP."""

from dataclasses import dataclass, replace
from pathlib import Path

from emoticare.meaning.moderation.policy import Policy
from emoticare.model.artifact import ModelArtifact, apply_overlay
from emoticare.server.config import ServerConfig, read_api_keys


@dataclass(frozen=True)
class SettingsReader:
    """Reads keys, policy and overlay; can be given to other processes.

    Attributes:
        config: What stays as it is.
        artifact: The model, without an overlay.
        api_keys_file: The file of keys; None for none.
        policy: The file of the policy; None for the model's default.
        overlay: The file of the overlay; None for none.
    """

    config: ServerConfig
    artifact: ModelArtifact
    api_keys_file: Path | None = None
    policy: Path | None = None
    overlay: Path | None = None

    def __call__(self) -> tuple[ServerConfig, ModelArtifact]:
        """Read the settings.

        Raises:
            EmoticareError: If a file cannot be used.
        """
        config = replace(
            self.config,
            api_keys=read_api_keys(self.api_keys_file),
            policy=Policy.read(self.policy) if self.policy else None,
        )
        artifact = apply_overlay(self.artifact, self.overlay) if self.overlay else self.artifact
        policy = config.policy or Policy.default(artifact.config)
        policy.check(artifact.config.outputs)
        return config, artifact
