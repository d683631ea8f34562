"""Sources of further texts to learn from, each with its share of what a model sees.

What is known of a text may be much or little: the probability of every label, of some, of none.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from emoticare.data.faults import Faults, RowError, check_text, place
from emoticare.data.table_formats import read_records
from emoticare.errors import DataError, UsageError
from emoticare.labels import RISKS

_COLUMNS: Final = ("text", "labels")


@dataclass(frozen=True, eq=False)
class Source:
    """Texts of one origin.

    Attributes:
        name: The file's name without its ending.
        share: Of the texts of an epoch, above 0 and below 1.
        texts: The texts.
        labels: The probability of each label, nan where nothing is known; float32 of shape
            (n_texts, n_labels).
        risks: The probability of each of `RISKS`, nan where nothing is known; float32 of shape
            (n_texts, n_risks).
        meanings: For some of the texts, a wording that says plainly what they mean. Teachers are
            asked about it instead.
        contexts: What was said before each text, "" for nothing; empty where there is none at all.
    """

    name: str
    share: float
    texts: list[str]
    labels: NDArray[np.float32]
    meanings: dict[str, str]
    risks: NDArray[np.float32] | None = None
    contexts: Sequence[str] = ()


def read_source(path: Path, share: float, labels: Sequence[str]) -> Source:
    """Read a source from a .jsonl file, an object a line.

    Args:
        path: `text`; `labels`, an object of probabilities by label; and, where there are any,
            `risks`, the same by risk, `meaning`, and `context`, what was said before.
        share: Of the texts of an epoch.
        labels: Names of the columns.

    Raises:
        DataError: The file cannot be read, is empty, or a row is malformed; names file and line.
        UsageError: The share is not between 0 and 1.
    """
    if not 0 < share < 1:
        raise UsageError(f"Expected a share above 0 and below 1 for {path.name}, found {share}.")
    faults = Faults('"text", and "labels" as probabilities by label, in each row', "Correct them.")
    texts: list[str] = []
    rows: list[NDArray[np.float32]] = []
    risks: list[NDArray[np.float32]] = []
    meanings: dict[str, str] = {}
    contexts: list[str] = []
    for line, record in read_records(path, _COLUMNS, faults):
        try:
            row = _probabilities(record["labels"], labels)
            risk = _probabilities(record.get("risks") or {}, RISKS)
            text = _checked_text(record["text"])
            context = _checked_text(record["context"]) if record.get("context") else ""
            if record.get("meaning") is not None:
                meanings[text] = _checked_text(record["meaning"])
        except RowError as error:
            faults.add(place(path, line), str(error))
        else:
            texts.append(text)
            rows.append(row)
            risks.append(risk)
            contexts.append(context)
    faults.stop_if_any()
    if not texts:
        raise DataError(f"{path}: expected texts, found none.")
    return Source(
        path.stem,
        share,
        texts,
        np.stack(rows),
        meanings,
        _known(np.stack(risks)),
        contexts if any(contexts) else (),
    )


def part_of(source: Source, kept: NDArray[np.intp]) -> Source:
    """Return a source of some of its texts.

    Args:
        source: The whole.
        kept: Their places.
    """
    return replace(
        source,
        texts=[source.texts[i] for i in kept],
        labels=source.labels[kept],
        risks=None if source.risks is None else source.risks[kept],
        contexts=[source.contexts[i] for i in kept] if source.contexts else (),
    )


def share_of_rest(sources: Sequence[Source]) -> float:
    """Return the share that the sources leave to the labelled data.

    Raises:
        UsageError: They leave nothing.
    """
    rest = 1 - math.fsum(source.share for source in sources)
    if rest <= 0:
        raise UsageError(
            f"Expected shares that leave something to the labelled data, found {1 - rest:.2f} in "
            "all. Lower them."
        )
    return rest


def meanings_of(sources: Sequence[Source]) -> dict[str, str]:
    """Return the meanings that the sources give, by text."""
    return {text: meaning for source in sources for text, meaning in source.meanings.items()}


def _checked_text(text: Any) -> str:
    if not isinstance(text, str):
        raise RowError(f"a value of type {type(text).__name__}")
    check_text(text)
    return text


def _known(risks: NDArray[np.float32]) -> NDArray[np.float32] | None:
    return None if np.isnan(risks).all() else risks


def _probabilities(labels: Any, known: Sequence[str]) -> NDArray[np.float32]:
    if isinstance(labels, str):
        labels = _parse(labels)
    if not isinstance(labels, dict):
        raise RowError(f"labels of type {type(labels).__name__}")
    row = np.full(len(known), np.nan, np.float32)
    for label, probability in labels.items():
        if label not in known:
            raise RowError("a label that the labelled data do not have")
        is_number = isinstance(probability, int | float) and not isinstance(probability, bool)
        if not is_number or not 0 <= probability <= 1:
            raise RowError("a probability that is no number from 0 to 1")
        row[known.index(label)] = probability
    return row


def _parse(labels: str) -> Any:
    """Read labels from a table, whose fields are all text."""
    try:
        return json.loads(labels)
    except ValueError:
        raise RowError("labels that are no JSON object") from None
