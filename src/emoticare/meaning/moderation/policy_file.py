"""TOML -> a policy's fields. Whatever is wrong is told with its line and how to put it right."""

import difflib
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import Any, Final, TypedDict, TypeVar

from emoticare.errors import PolicyError
from emoticare.meaning.moderation.categories import Category, Scope, Severity
from emoticare.meaning.moderation.standards import STANDARD_NAMES, own_standards
from emoticare.meaning.moderation.toml_lines import KeyPath, key_lines
from emoticare.stages.groups import GROUPINGS

_TOP_KEYS: Final = ("schema", "name", "description", "categories")
_CATEGORY_KEYS: Final = (
    *("description", "emotions", "groups", "risks", "scope", "severity"),
    *("review", "flag", "hysteresis", "reason", "stands_for"),
)
_SCHEMA: Final = 1
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_/-]{0,63}")
# tomllib takes the square of a key's parts in memory.
_MOST_DOTS: Final = 64
_MOST_CATEGORIES: Final = 100
_LONGEST_WORDS: Final = 1000
_SHOWN_CHARS: Final = 40

Choice = TypeVar("Choice", bound=StrEnum)


class PolicyFields(TypedDict):
    """What a file says; see `Policy`."""

    name: str
    description: str
    categories: tuple[Category, ...]
    source: str
    lines: Mapping[KeyPath, int]


def parse_policy(document: str, source: str) -> PolicyFields:
    """Read a policy's fields; see `Policy.parse`.

    Raises:
        PolicyError: If it is no policy; names the line and the reason.
    """
    for number, line in enumerate(document.split("\n"), start=1):
        if line.count(".") > _MOST_DOTS:
            raise PolicyError(
                f"{source}, line {number}: expected at most {_MOST_DOTS} dots in a line, found "
                "more. A key has three parts at most."
            )
    try:
        content = tomllib.loads(document)
        lines = key_lines(document)
    except tomllib.TOMLDecodeError as error:
        # Its message ends in "(at line 3, column 5)", and quotes a character at most.
        reason = str(error).replace(
            "end of document", f"line {document.count(chr(10)) + 1}, the end"
        )
        raise PolicyError(f"{source}: expected TOML, found: {reason}.") from None
    except RecursionError:
        raise PolicyError(f"{source}: expected TOML, found it nested too deep.") from None
    except ValueError:
        raise PolicyError(f"{source}: expected TOML, found a number of too many digits.") from None
    return _PolicyFile(content, source, lines).fields()


class _PolicyFile:
    """A parsed file, and where each of its keys stands."""

    def __init__(
        self, content: Mapping[str, Any], source: str, lines: Mapping[KeyPath, int]
    ) -> None:
        self._content = content
        self._source = source
        self._lines = lines

    def fields(self) -> PolicyFields:
        content = self._content
        self._check_keys((), content, _TOP_KEYS)
        if content.get("schema") != _SCHEMA or isinstance(content["schema"], bool):
            raise self._error(("schema",), f"expected schema = {_SCHEMA}, the version of the file")
        tables = content.get("categories")
        if not isinstance(tables, dict) or not 1 <= len(tables) <= _MOST_CATEGORIES:
            raise self._error(
                ("categories",),
                f"expected 1 to {_MOST_CATEGORIES} tables such as [categories.hostility]",
            )
        categories = tuple(self._category(name, table) for name, table in tables.items())
        self._check_standards(categories)
        return PolicyFields(
            name=self._words((), content, "name", required=True),
            description=self._words((), content, "description"),
            categories=categories,
            source=self._source,
            lines=self._lines,
        )

    def _category(self, name: str, table: object) -> Category:
        path = ("categories", name)
        if not _NAME.fullmatch(name):
            raise self._error(path, "expected a name of letters, digits, _, / and -")
        if not isinstance(table, dict):
            raise self._error(path, f"expected a table [categories.{name}]")
        self._check_keys(path, table, _CATEGORY_KEYS)
        category = Category(
            name=name,
            description=self._words(path, table, "description"),
            emotions=self._emotions(path, table),
            risks=tuple(dict.fromkeys(self._names(path, table, "risks"))),
            scope=self._choice(path, table, "scope", Scope, Scope.TEXT),
            severity=self._choice(path, table, "severity", Severity, Severity.MEDIUM),
            review=self._score(path, table, "review"),
            flag=self._score(path, table, "flag"),
            hysteresis=self._score(path, table, "hysteresis") or 0.0,
            reason=self._words(path, table, "reason", required=True),
            stands_for=self._standards(name, table),
        )
        if not category.evidence:
            raise self._error(
                path, "expected emotions, groups or risks that speak for the category"
            )
        self._check_scores(path, category)
        return category

    def _check_scores(self, path: KeyPath, category: Category) -> None:
        review, flag = category.review, category.flag
        scores = [score for score in (review, flag) if score is not None]
        if not scores:
            raise self._error(path, "expected review or flag, the score from which to act")
        if 0 in scores:
            raise self._error(path, "expected review and flag above 0, which every text reaches")
        if review is not None and flag is not None and review >= flag:
            raise self._error((*path, "review"), f"expected review below flag ({flag})")
        if category.hysteresis >= min(scores):
            raise self._error(
                (*path, "hysteresis"),
                f"expected hysteresis below {min(scores)}, else no score would ever end an action",
            )

    def _emotions(self, path: KeyPath, table: Mapping[str, Any]) -> tuple[str, ...]:
        emotions = list(self._names(path, table, "emotions"))
        for name in self._names(path, table, "groups"):
            grouping, _, group = name.partition(".")
            known = [f"{g}.{name}" for g, groups in GROUPINGS.items() for name in groups]
            if name not in known:
                raise self._error(
                    (*path, "groups"),
                    f"expected groups among {', '.join(known)}, found {_shown(name)}"
                    f"{_hint(name, known)}",
                )
            emotions += GROUPINGS[grouping][group]
        return tuple(dict.fromkeys(emotions))

    def _standards(self, category: str, table: Mapping[str, Any]) -> tuple[str, ...]:
        path = ("categories", category)
        listed = list(self._names(path, table, "stands_for"))
        for name in listed:
            if name not in STANDARD_NAMES:
                raise self._error(
                    (*path, "stands_for"),
                    "expected names such as openai.harassment and perspective.TOXICITY, found "
                    f"{_shown(name)}{_hint(name, STANDARD_NAMES)}",
                )
        return tuple(dict.fromkeys([*own_standards(category), *listed]))

    def _check_standards(self, categories: Iterable[Category]) -> None:
        deciders: dict[str, str] = {}
        for category in categories:
            for name in category.stands_for:
                other = deciders.setdefault(name, category.name)
                if other != category.name:
                    raise self._error(
                        ("categories", category.name, "stands_for"),
                        f"expected one category for {name}, found {other} for it as well",
                    )

    def _names(self, path: KeyPath, table: Mapping[str, Any], key: str) -> Iterable[str]:
        names = table.get(key, [])
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise self._error((*path, key), f"expected {key} as a list of names")
        return names

    def _words(
        self, path: KeyPath, table: Mapping[str, Any], key: str, *, required: bool = False
    ) -> str:
        words = table.get(key, "")
        if not isinstance(words, str) or len(words) > _LONGEST_WORDS:
            raise self._error(
                (*path, key), f"expected {key} as a text of at most {_LONGEST_WORDS} characters"
            )
        if required and not words.strip():
            raise self._error((*path, key), f"expected {key}, in words")
        return words.strip()

    def _choice(
        self,
        path: KeyPath,
        table: Mapping[str, Any],
        key: str,
        choices: type[Choice],
        default: Choice,
    ) -> Choice:
        value = table.get(key, default)
        if value not in list(choices):
            raise self._error((*path, key), f"expected {key} to be one of {', '.join(choices)}")
        return choices(value)

    def _score(self, path: KeyPath, table: Mapping[str, Any], key: str) -> float | None:
        value = table.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise self._error((*path, key), f"expected {key} as a number from 0 to 1")
        return float(value)

    def _check_keys(self, path: KeyPath, table: Mapping[str, Any], known: Collection[str]) -> None:
        for key in table:
            if key not in known:
                raise self._error(
                    (*path, key),
                    f"expected keys among {', '.join(known)}, found {_shown(key)}"
                    f"{_hint(key, known)}",
                )

    def _error(self, path: KeyPath, reason: str) -> PolicyError:
        """Return what is wrong, at the line of a key, or of the table that lacks it."""
        at = path
        while at and at not in self._lines:
            at = at[:-1]
        place = f"line {self._lines.get(at, 1)}"
        table = f" [{'.'.join(map(_shown_part, path[:2]))}]" if len(path) > 1 else ""
        end = "" if reason.endswith("?") else "."
        return PolicyError(f"{self._source}, {place}{table}: {reason}{end}")


def _shown(name: str) -> str:
    return repr(name[:_SHOWN_CHARS])


def _shown_part(name: str) -> str:
    return name if _NAME.fullmatch(name) else _shown(name)


def _hint(name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""
