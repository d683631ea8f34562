"""A policy: categories, what speaks for them, and from which score on to act."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from emoticare.errors import PolicyError, did_you_mean
from emoticare.labels import RISKS
from emoticare.meaning.moderation.categories import Category, Scope
from emoticare.meaning.moderation.policy_file import parse_policy
from emoticare.model.config import ModelConfig

_MOST_BYTES: Final = 65_536


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Categories, as a TOML file describes them; docs/moderation.md tells of the file.

    Attributes:
        name: Its name.
        description: What it is for.
        categories: The categories, in the order of the file.
        source: The file, for messages.
        lines: The line of each key, for messages.
    """

    name: str
    description: str
    categories: tuple[Category, ...]
    source: str = field(default="the policy", compare=False)
    lines: Mapping[tuple[str, ...], int] = field(default_factory=dict, repr=False, compare=False)

    @staticmethod
    def default(config: ModelConfig) -> "Policy":
        """Return the policy that the package brings, with the scores fitted for a model.

        A model without such scores has its texts reviewed where a category is more likely than not,
        and flagged from a probability of 0.8 on; one that tells of no risks lacks their categories.

        Args:
            config: Of the model, such as `classifier.artifact.config`.
        """
        policy = _default_policy()
        fitted = config.fitted.policy
        known = (one for one in policy.categories if set(one.risks) <= set(config.risks))
        categories = (_at(fitted.get(one.name, {}), one) for one in known)
        return replace(policy, categories=tuple(categories))

    @staticmethod
    def read(path: Path | str) -> "Policy":
        """Read a policy from a TOML file.

        Raises:
            PolicyError: If it cannot be read or is no policy; names the line and the reason.
        """
        try:
            with Path(path).open("rb") as file:
                content = file.read(_MOST_BYTES + 1)
        except OSError as error:
            is_missing = isinstance(error, FileNotFoundError)
            found = "no file" if is_missing else type(error).__name__
            raise PolicyError(
                f"Expected a policy at {path}, found {found}. Check the path."
            ) from error
        if len(content) > _MOST_BYTES:
            raise PolicyError(
                f"{path}: expected a policy of at most {_MOST_BYTES} bytes, found more."
            )
        try:
            document = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise PolicyError(f"{path}, line {line}: expected UTF-8, found other bytes.") from None
        return Policy.parse(document, source=str(path))

    @staticmethod
    def parse(document: str, source: str = "the policy") -> "Policy":
        """Read a policy from the text of a TOML file.

        Args:
            document: The text.
            source: What messages call it.

        Raises:
            PolicyError: If it is no policy; names the line and the reason.
        """
        return Policy(**parse_policy(document, source))

    def check(self, outputs: Sequence[str]) -> None:
        """Make sure that a model knows all emotions and risks.

        Args:
            outputs: The labels of the model, and its risks.

        Raises:
            PolicyError: If not; names the line.
        """
        for category in self.categories:
            for kind, names in (("emotions", category.emotions), ("risks", category.risks)):
                for name in names:
                    if name not in outputs:
                        known = [
                            other for other in outputs if (other in RISKS) == (kind == "risks")
                        ]
                        raise PolicyError(
                            f"{self._place(category.name)}: expected {kind} of the model "
                            f"({', '.join(known) or 'it has none'}), found {name[:40]!r}."
                            f"{did_you_mean(name, known)}"
                        )

    def by_sentence(self) -> "Policy":
        """Return the same policy, all of whose categories look at each sentence by itself."""
        categories = (replace(one, scope=Scope.SENTENCE) for one in self.categories)
        return replace(self, categories=tuple(categories))

    def deciders(self, service: str) -> dict[str, str]:
        """Return the policy's category for each category of another service that it decides.

        Args:
            service: "openai" or "perspective".
        """
        return {
            name.removeprefix(f"{service}."): category.name
            for category in self.categories
            for name in category.stands_for
            if name.startswith(f"{service}.")
        }

    def _place(self, category: str) -> str:
        for key in ("emotions", "groups", "risks"):
            line = self.lines.get(("categories", category, key))
            if line is not None:
                return f"{self.source}, line {line}"
        return self.source


def _at(scores: Mapping[str, float], category: Category) -> Category:
    """Return the category acting from other scores on."""
    review, flag = scores.get("review", category.review), scores.get("flag", category.flag)
    return replace(category, review=review, flag=flag)


@lru_cache(maxsize=1)
def _default_policy() -> Policy:
    document = (
        files("emoticare.meaning.moderation").joinpath("default.toml").read_text(encoding="utf-8")
    )
    return Policy.parse(document, "the default policy")
