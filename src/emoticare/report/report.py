"""A report: files in, counts, and what is written from them."""

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from emoticare._version import __version__
from emoticare.bulk.cells import safe_cell
from emoticare.bulk.formats import parse_format
from emoticare.bulk.inputs import find_inputs
from emoticare.bulk.job import OnProgress, Progress, as_artifact
from emoticare.errors import DataError
from emoticare.labels import SENTIMENTS
from emoticare.model.artifact import ModelArtifact
from emoticare.model.files import write_file
from emoticare.report.charts.drawing import to_png
from emoticare.report.charts.vega import Figure
from emoticare.report.figures import make_figures
from emoticare.report.page import PageInfo, render_page
from emoticare.report.scored_rows import ScoredReader
from emoticare.report.settings import ReportSettings
from emoticare.report.summary import Summary, summarize
from emoticare.report.tally import Tally
from emoticare.stages.decision import resolve_threshold

_FOR_CHARTS_ONLY: Final = {"t", "middle", "end"}


@dataclass(frozen=True)
class Report:
    """What some files feel.

    Attributes:
        summary: All figures, by name.
        info: What they are of.
    """

    summary: Summary
    info: PageInfo

    @cached_property
    def figures(self) -> list[Figure]:
        """The charts."""
        return make_figures(self.summary)

    def to_html(self) -> str:
        """Return one page that needs no other file."""
        return render_page(self.summary, self.figures, self.info)

    def write_figures(self, folder: Path) -> list[Path]:
        """Write each chart as PNG, and what it shows as CSV.

        Args:
            folder: Is made if need be.

        Returns:
            The files.
        """
        folder.mkdir(parents=True, exist_ok=True)
        written = []
        for figure in self.figures:
            written += [folder / f"{figure.name}.png", folder / f"{figure.name}.csv"]
            write_file(written[-2], to_png(figure))
            write_file(written[-1], _csv(figure.table).encode())
        if self.summary.changes:
            written.append(folder / "changes.csv")
            write_file(written[-1], _csv(self.summary.changes).encode())
        return written


def make_report(
    inputs: Sequence[str],
    settings: ReportSettings | None = None,
    *,
    model: Path | str | ModelArtifact | None = None,
    input_format: str | None = None,
    on_progress: OnProgress | None = None,
) -> Report:
    """Read files and count emotions by time and by group.

    Rows stream through: memory does not grow with their number.

    Args:
        inputs: Files, folders, patterns, URLs, or "-" alone for standard input, as `score_files`
            takes them; those that `emoticare score --scores all` wrote are not scored again.
        settings: Which columns to read; the defaults of `ReportSettings` otherwise.
        model: A model's folder, or one in memory; None for the one in the package.
        input_format: A format's name, where the endings of the inputs do not tell.
        on_progress: Called after every few thousand rows.

    Raises:
        DataError: If an input cannot be read, lacks a column or holds no row that can be counted.
        UsageError: If an argument makes no sense.
    """
    settings = settings or ReportSettings()
    artifact = as_artifact(model)
    labels = artifact.config.labels
    thresholds = resolve_threshold(settings.threshold, labels, artifact.config.thresholds)
    groupings = _groupings(labels)
    tally = Tally(labels, groupings, thresholds, settings)
    reader = ScoredReader(artifact, settings)
    files = find_inputs(inputs, parse_format(input_format) if input_format else None)
    progress = Progress(n_bytes=sum(file.size for file in files))
    bytes_before = 0
    for file in files:
        for rows in reader.rows(file):
            tally.add(rows)
            progress = replace(
                progress,
                rows=tally.quality.rows,
                rows_this_run=tally.quality.rows,
                failures=tally.quality.rows - tally.quality.scored,
                bytes_read=bytes_before + rows.bytes_read,
            )
            if on_progress:
                on_progress(progress)
        bytes_before += file.size
    _check(tally, settings)
    source = ", ".join(Path(argument).name or argument for argument in inputs)
    info = PageInfo(
        title=settings.title,
        source="standard input" if list(inputs) == ["-"] else source,
        timezone=settings.timezone,
        made=dt.datetime.now(dt.UTC).strftime("%Y-%m-%d"),
        model=f"version {__version__}, model {artifact.digest[:12]}",
        private=settings.private,
    )
    return Report(summarize(tally, labels, tuple(groupings)), info)


def _groupings(labels: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Return the sentiments of which the model knows a label."""
    known = {name: [x for x in members if x in labels] for name, members in SENTIMENTS.items()}
    return {name: members for name, members in known.items() if members}


def _check(tally: Tally, settings: ReportSettings) -> None:
    quality = tally.quality
    if not quality.scored:
        raise DataError(
            f"Expected texts in the column {settings.text_column!r}, found {quality.rows:,} rows "
            "and none that can be scored. Check --text-column."
        )
    if settings.time_column and tally.times.series() is None:
        raise DataError(
            f"Expected times in the column {settings.time_column!r}, found none that can be read. "
            "Name another with --time-column, or say how times are written with --time-format, "
            "such as '%d.%m.%Y %H:%M'."
        )
    if settings.group_column and not tally.groups:
        raise DataError(
            f"Expected groups in the column {settings.group_column!r}, found none. Name another "
            "with --group-column."
        )


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    sink = io.StringIO()
    names = [name for name in rows[0] if name not in _FOR_CHARTS_ONLY] if rows else []
    writer = csv.DictWriter(sink, names, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: safe_cell(row[name]) for name in names} for row in rows)
    return sink.getvalue()
