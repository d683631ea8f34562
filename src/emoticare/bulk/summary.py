"""What scoring did, in figures."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The figures of a finished run.

    Attributes:
        rows: Rows of the result, those of earlier runs that this one continued included.
        failures: Rows among them that could not be scored.
        label_counts: How many rows carry each label.
        rows_this_run: Rows that this run itself scored.
        seconds: Duration of this run.
    """

    rows: int
    failures: int
    label_counts: Mapping[str, int]
    rows_this_run: int
    seconds: float

    @property
    def texts_per_second(self) -> float:
        """Rows of this run a second."""
        return self.rows_this_run / self.seconds if self.seconds else 0.0

    def to_json(self) -> dict[str, object]:
        """Return the figures as JSON has them."""
        return {
            "rows": self.rows,
            "failures": self.failures,
            "rows_this_run": self.rows_this_run,
            "seconds": round(self.seconds, 3),
            "texts_per_second": round(self.texts_per_second, 1),
            "label_counts": dict(self.label_counts),
        }
