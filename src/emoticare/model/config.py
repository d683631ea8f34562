"""What a model's config.json says: labels, thresholds and the rest."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from emoticare.errors import ArtifactError, UsageError
from emoticare.model.files import json_bytes
from emoticare.model.fitted import FittedConstants
from emoticare.model.overlay import Adjustment
from emoticare.stages.decision import Thresholds

ACTIVATIONS: Final = ("gelu", "relu")
MALFORMED: Final = (
    AttributeError,
    KeyError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What reading a field raises that makes no sense."""

_MAX_LENGTH: Final = 2**16


@dataclass(frozen=True)
class ModelConfig:
    """What a model's config.json says.

    Attributes:
        labels: Names of the outputs, in order.
        max_length: Most tokens of a text.
        n_heads: Attention heads, the one size that the weights do not show.
        thresholds: Decision thresholds.
        provenance: How the model came to be: data checksum, preset, seed, commit, figures on dev.
        activation: Of the feed-forward blocks, one of `ACTIVATIONS`.
        domains: Thresholds and calibration by domain of text; none where the model has but its own
            thresholds, and logits that need no calibration.
        domain: The one in force, whose thresholds stand in `thresholds`.
        heads: The domains for which the graph has an output of its own.
        risks: What the graph tells beside emotions, in the order of its output `risk_logits`; none
            where it has no such output.
        fitted: Constants beside the thresholds: of documents, groups and the default policy.
        reads_context: Whether it has learned to read replies with what was said before them.
    """

    labels: tuple[str, ...]
    max_length: int
    n_heads: int
    thresholds: Thresholds
    provenance: Mapping[str, Any]
    activation: str = "gelu"
    domains: Mapping[str, Adjustment] = field(default_factory=dict)
    domain: str | None = None
    heads: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    fitted: FittedConstants = field(default_factory=FittedConstants)
    reads_context: bool = False

    def provenance_part(self, name: str) -> Mapping[str, Any]:
        """Return a part of the provenance, such as "data" or "preset".

        Another maker may have put anything there: what is no mapping counts as empty.
        """
        part = self.provenance.get(name)
        return part if isinstance(part, dict) else {}

    def check_reads_context(self) -> None:
        """Make sure that the model reads what was said before a text.

        Raises:
            UsageError: If it does not.
        """
        if not self.reads_context:
            raise UsageError(
                "Expected a model that reads replies with what was said before them, found one "
                "that reads each text alone. Leave the context out, or take a model that has "
                "learned to."
            )

    def to_json(self) -> dict[str, object]:
        """Return the content of config.json."""
        return {
            "labels": list(self.labels),
            "max_length": self.max_length,
            "n_heads": self.n_heads,
            "activation": self.activation,
            "thresholds": {
                "shared": self.thresholds.shared,
                "per_label": dict(self.thresholds.per_label),
            },
            **self._domains_to_json(),
            **({"risks": list(self.risks)} if self.risks else {}),
            **({"reads_context": True} if self.reads_context else {}),
            **self._fitted_to_json(),
            "provenance": dict(self.provenance),
        }

    @property
    def output(self) -> str:
        """The graph's output for the domain in force."""
        return f"logits_{self.domain}" if self.domain in self.heads else "logits"

    @property
    def outputs(self) -> tuple[str, ...]:
        """What the model tells of a text: its labels, and then its risks."""
        return (*self.labels, *self.risks)

    def _domains_to_json(self) -> dict[str, object]:
        if not self.domains:
            return {}
        domains = {name: domain.numbers() for name, domain in self.domains.items()}
        heads = {"heads": list(self.heads)} if self.heads else {}
        return {"domain": self.domain, "domains": domains, **heads}

    def _fitted_to_json(self) -> dict[str, object]:
        fitted = self.fitted.to_json()
        return {"fitted": fitted} if fitted else {}

    @classmethod
    def from_json(cls, content: object) -> "ModelConfig":
        """Read the content of config.json.

        Raises:
            ArtifactError: If a field is missing or makes no sense.
        """
        try:
            return cls._parse(content)
        except MALFORMED as error:
            raise ArtifactError(
                f"config.json of the model is not valid ({type(error).__name__}: {error}). "
                "Save the model again with EmotiCare."
            ) from error

    @classmethod
    def _parse(cls, content: Any) -> "ModelConfig":
        labels = tuple(content["labels"])
        per_label = {label: float(content["thresholds"]["per_label"][label]) for label in labels}
        shared = float(content["thresholds"]["shared"])
        max_length, n_heads = int(content["max_length"]), int(content["n_heads"])
        if not labels or not all(isinstance(x, str) and x and x.isprintable() for x in labels):
            raise ValueError("labels must be a list of printable names")
        if len(set(labels)) < len(labels):
            raise ValueError("labels must not repeat")
        if not all(math.isfinite(t) and 0 <= t <= 1 for t in (shared, *per_label.values())):
            raise ValueError("thresholds must lie between 0 and 1")
        if not 3 <= max_length <= _MAX_LENGTH or n_heads < 1:  # noqa: PLR2004 - [CLS] x [SEP]
            raise ValueError(f"max_length must be 3 to {_MAX_LENGTH} and n_heads at least 1")
        # Models of earlier versions do not name it.
        activation = content.get("activation", "gelu")
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}")
        provenance = dict(content["provenance"])
        domains = {
            str(name): Adjustment.parse_numbers(numbers, labels)
            for name, numbers in dict(content.get("domains", {})).items()
        }
        domain = content.get("domain")
        if domains and domain not in domains:
            raise ValueError(f"domain must be one of {', '.join(domains)}")
        config = cls(
            labels,
            max_length,
            n_heads,
            domains[domain].thresholds if domains else Thresholds(shared, per_label),
            provenance,
            activation,
            domains,
            domain if domains else None,
            _heads(content.get("heads", []), domains),
            _risks(content.get("risks", []), labels),
            FittedConstants.parse(content.get("fitted", {})),
            _flag(content.get("reads_context", False)),
        )
        json_bytes(config.to_json())  # what cannot be written again cannot be shown either
        return config


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("reads_context must be true or false")
    return value


def _risks(names: Any, labels: tuple[str, ...]) -> tuple[str, ...]:
    risks = tuple(names)
    if not all(isinstance(risk, str) and risk and risk.isprintable() for risk in risks):
        raise ValueError("risks must be a list of printable names")
    if len({*risks, *labels}) < len(risks) + len(labels):
        raise ValueError("risks must not repeat, nor be labels")
    return risks


def _heads(names: Any, domains: Mapping[str, Adjustment]) -> tuple[str, ...]:
    heads = tuple(names)
    if not set(heads) <= set(domains):
        raise ValueError("heads must be names of domains")
    return heads
