"""What a user chooses about a report."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from emoticare.errors import UsageError
from emoticare.stages.decision import Threshold


@dataclass(frozen=True, kw_only=True)
class ReportSettings:
    """Which columns a report reads, and how.

    Attributes:
        text_column: Holds the texts.
        time_column: Holds the times; None for a report without a course over time.
        group_column: Holds the groups that are compared; None for none.
        timezone: IANA name of the zone whose calendar counts; times without a zone are in it.
        time_format: How times are written, as `strptime` takes it; None for the usual forms.
        threshold: None for the model's own thresholds, a number from 0 to 1, or a mapping by label.
        private: Whether to keep every text out of the report.
        title: Heads the page.
        device: Where texts are scored that have no scores yet; see `emoticare.load`.

    Raises:
        UsageError: If a column has two uses, or there is no such time zone.
    """

    text_column: str = "text"
    time_column: str | None = None
    group_column: str | None = None
    timezone: str = "UTC"
    time_format: str | None = None
    threshold: Threshold = None
    private: bool = False
    title: str = "Emotions in texts"
    device: str = "cpu"

    def __post_init__(self) -> None:
        columns = [self.text_column, *filter(None, (self.time_column, self.group_column))]
        if len(set(columns)) < len(columns):
            raise UsageError(
                "Expected different columns for texts, times and groups, found one named twice."
            )
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise UsageError(
                f"Expected a time zone such as Europe/Berlin, found {self.timezone!r}."
            ) from error
