"""What would spoil training on a user's own data: repeated texts, shared texts, poor labels.

Each check either stops or leaves the offending rows and labels out, and then says so.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Final

from emoticare.data.faults import Faults, shown_name
from emoticare.data.rows import OnProblem, Row

# The rows of each file: train, validation and test, or one file that is still to be cut.
Parts = list[list[Row]]

_FEWEST_ROWS: Final = 2


@dataclass
class Cleaner:
    """Stops at problems, or drops them and keeps account.

    Attributes:
        on_problem: "stop" raises `DataError` at the first kind of problem.
        dropped: A sentence for each kind of problem that was dropped so far.
    """

    on_problem: OnProblem
    dropped: list[str] = field(default_factory=list)

    def settle(self, faults: Faults) -> None:
        """Stop because of these faults, or note that they are dropped."""
        if self.on_problem == "stop":
            faults.fix += " To go on without them, drop them (--on-problem drop)."
            faults.stop_if_any()
        self.dropped += faults.as_dropped()

    def without_repeats(self, parts: Parts) -> Parts:
        """Keep the first of the rows with the same text in a file."""
        faults = Faults("each text once in a file", "Remove all but one of the same rows.")
        kept = [_first_of_each(rows, faults) for rows in parts]
        self.settle(faults)
        return kept

    def without_shared(self, parts: Parts) -> Parts:
        """Keep a text that files share in the last of them: what is measured stays whole."""
        faults = Faults("no text in two splits", "Keep each text in one of the splits.")
        kept = []
        for position, rows in enumerate(parts):
            later = {row.text: row for row in chain(*parts[position + 1 :])}
            for row in rows:
                if row.text in later:
                    faults.add(row.where, f"the text of {later[row.text].where}")
            kept.append([row for row in rows if row.text not in later])
        self.settle(faults)
        return kept

    def without_unlisted(self, parts: Parts, labels: Collection[str]) -> Parts:
        """Keep the labels of the given set only."""
        faults = Faults("only labels of the given set", "Correct the row or add the label.")
        for row in chain(*parts):
            for label in row.labels:
                if label not in labels:
                    faults.add(row.where, f"label {shown_name(label)}")
        self.settle(faults)
        return _keep_labels(parts, lambda label: label in labels)

    def without_rare(self, parts: Parts, labels: Iterable[str]) -> tuple[Parts, tuple[str, ...]]:
        """Take off the labels on fewer than two rows: learning one takes a row, measuring another.

        Returns:
            The remaining rows, and the labels that remain of those given.
        """
        faults = Faults("each label on at least two rows", "Add rows with it, or remove it.")
        counts = Counter(label for row in chain(*parts) for label in row.labels)
        poor = {label for label in labels if counts[label] < _FEWEST_ROWS}
        where = {label: row.where for row in chain(*parts) for label in row.labels}
        for label in sorted(poor):
            faults.add(where.get(label, "the given label set"), f"label {shown_name(label)}")
        self.settle(faults)
        return _keep_labels(parts, lambda label: label not in poor), _without(labels, poor)

    def without_untrained(
        self, parts: Parts, labels: Iterable[str]
    ) -> tuple[Parts, tuple[str, ...]]:
        """Take off the labels that no row of the first file carries.

        Returns:
            The remaining rows, and the labels that remain of those given.
        """
        faults = Faults("each label in the train split", "Add rows with it to the train split.")
        trained = {label for row in parts[0] for label in row.labels}
        poor = {label for label in labels if label not in trained}
        where = {label: row.where for row in chain(*parts) for label in row.labels}
        for label in sorted(poor):
            faults.add(where[label], f"label {shown_name(label)}")
        self.settle(faults)
        return _keep_labels(parts, lambda label: label not in poor), _without(labels, poor)


def _first_of_each(rows: Iterable[Row], faults: Faults) -> list[Row]:
    first: dict[str, Row] = {}
    for row in rows:
        if row.text in first:
            faults.add(row.where, f"the text of {first[row.text].where}")
        else:
            first[row.text] = row
    return list(first.values())


def _keep_labels(parts: Parts, keep: Callable[[str], bool]) -> Parts:
    kept = [
        [replace(row, labels=tuple(filter(keep, row.labels))) for row in rows] for rows in parts
    ]
    # A row stripped of all its labels is not a text that carries none: it goes too.
    return [
        [new for new, old in zip(after, before, strict=True) if new.labels or not old.labels]
        for after, before in zip(kept, parts, strict=True)
    ]


def _without(labels: Iterable[str], poor: Collection[str]) -> tuple[str, ...]:
    return tuple(label for label in labels if label not in poor)
