"""What decides about the result of scoring, so that a resumed run must have the same."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from emoticare.bulk.encodings import check_encoding
from emoticare.bulk.formats import TableFormat
from emoticare.errors import UsageError
from emoticare.model.config import ModelConfig
from emoticare.stages.decision import Threshold
from emoticare.stages.groups import GROUPINGS, check_groupable

ScoreColumns = Literal["none", "top", "all"]

LABELS_COLUMN: Final = "emotion_labels"
WARNINGS_COLUMN: Final = "emotion_warnings"
ERROR_COLUMN: Final = "emotion_error"
TOP_LABEL_COLUMN: Final = "emotion_top_label"
TOP_SCORE_COLUMN: Final = "emotion_top_score"
SCORE_COLUMN_PREFIX: Final = "emotion_score_"
GROUP_COLUMNS: Final = tuple(
    f"emotion_{grouping}_{group}" for grouping, groups in GROUPINGS.items() for group in groups
)
DEFAULT_SHARD_ROWS: Final = 65_536
_DELIMITER: Final = re.compile(r'[^"\r\n\ud800-\udfff]')


@dataclass(frozen=True, kw_only=True)
class ScoreSettings:
    """How rows are scored and written.

    Attributes:
        text_column: Holds the texts.
        context_column: Holds what was said before each text; None where texts are read alone.
        scores: "none" adds labels only, "top" the best label and its score, "all" a column for
            every label.
        threshold: None for the model's own thresholds, a number from 0 to 1, or a mapping by label.
        groups: Whether to add a column for each group of emotions, such as `emotion_ekman_anger`.
        warnings: Whether to add a column of warnings; see `emoticare.stages.checks`.
        abstain: Whether to give no labels where a warning says that they would mean little.
        shard_rows: Most rows of a shard; what a kill can cost at most for each worker.
        strict: Whether to stop at the first row that cannot be scored.
        device: Where the model runs; see `emoticare.load`.
        delimiter: One character between the values of CSV and TSV that is read; None to find it.
        encoding: Of CSV, TSV and JSON lines that are read; None to find it.
        safe_for_spreadsheets: Whether no cell of CSV or TSV that is written can be a formula; see
            `emoticare.bulk.cells.safe_cell`.
        table: The table of databases that are read or written, and the sheet of workbooks that are
            read; None for the only table, the table `scored`, and the first sheet.

    Raises:
        UsageError: If a value makes no sense.
    """

    text_column: str = "text"
    context_column: str | None = None
    scores: ScoreColumns = "none"
    threshold: Threshold = None
    groups: bool = False
    warnings: bool = False
    abstain: bool = False
    shard_rows: int = DEFAULT_SHARD_ROWS
    strict: bool = False
    device: str = "cpu"
    delimiter: str | None = None
    encoding: str | None = None
    safe_for_spreadsheets: bool = False
    table: str | None = None

    def __post_init__(self) -> None:
        if self.scores not in get_args(ScoreColumns):
            raise UsageError(f"Expected scores none, top or all, found {self.scores!r}.")
        if self.shard_rows < 1:
            raise UsageError(f"Expected at least 1 row a shard, found {self.shard_rows}.")
        if self.context_column == self.text_column:
            raise UsageError(
                "Expected another column for what was said before than for the texts, found "
                f"{self.text_column!r} for both."
            )
        try:
            (self.text_column + (self.context_column or "")).encode()
        except UnicodeEncodeError as error:
            raise UsageError("Expected a column's name in UTF-8, found other bytes.") from error
        if self.delimiter is not None and not _DELIMITER.fullmatch(self.delimiter):
            raise UsageError(
                "Expected one character as delimiter, no quotation mark and no line break, found "
                f"{self.delimiter!r}."
            )
        if self.encoding is not None:
            check_encoding(self.encoding)

    def check_read_by(self, model: ModelConfig) -> None:
        """Make sure that a model can do what is asked.

        Raises:
            UsageError: If it reads each text alone, and there is a column of what was said before,
                or if it does not have all emotions of GoEmotions, and groups are wanted.
        """
        if self.context_column is not None:
            model.check_reads_context()
        if self.groups:
            check_groupable(model.labels)

    def added_columns(self, labels: tuple[str, ...]) -> tuple[str, ...]:
        """Return the names of the columns that scoring adds, in order.

        Args:
            labels: The labels of the model.
        """
        scores = {
            "none": (),
            "top": (TOP_LABEL_COLUMN, TOP_SCORE_COLUMN),
            "all": tuple(SCORE_COLUMN_PREFIX + label for label in labels),
        }[self.scores]
        warnings = (WARNINGS_COLUMN,) if self.warnings else ()
        groups = GROUP_COLUMNS if self.groups else ()
        return (LABELS_COLUMN, *scores, *groups, *warnings, ERROR_COLUMN)

    def check_fits(self, output: TableFormat) -> None:
        """Make sure that the settings mean something for what is written.

        Raises:
            UsageError: If not.
        """
        if self.safe_for_spreadsheets and not output.is_delimited:
            raise UsageError(
                "Expected CSV or TSV as output with --safe-for-spreadsheets, found "
                f"{output.name}. Leave the option out: in {output.kind}, no text is a formula."
            )

    def to_json(self) -> dict[str, object]:
        """Return the settings that the bytes of the result depend on."""
        threshold = self.threshold
        return {
            "text_column": self.text_column,
            "context_column": self.context_column,
            "scores": self.scores,
            "threshold": dict(threshold) if isinstance(threshold, Mapping) else threshold,
            "groups": self.groups,
            "warnings": self.warnings,
            "abstain": self.abstain,
            "shard_rows": self.shard_rows,
            "device": self.device,
            "delimiter": self.delimiter,
            "encoding": self.encoding,
            "safe_for_spreadsheets": self.safe_for_spreadsheets,
            "table": self.table,
        }
