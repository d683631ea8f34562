"""Files, or standard input, scored to standard output: nothing is kept, nothing can be resumed."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO

from emoticare.bulk.formats import check_installed, parse_format
from emoticare.bulk.inputs import find_inputs
from emoticare.bulk.job import OnProgress, Progress, as_artifact, stop_at_fault
from emoticare.bulk.output import check_pipe_format
from emoticare.bulk.readers import OnNote
from emoticare.bulk.row_scoring import added_schema, score_rows
from emoticare.bulk.settings import ScoreSettings
from emoticare.bulk.sources import Sources
from emoticare.bulk.summary import Summary
from emoticare.bulk.writers import open_writer
from emoticare.classifier import load
from emoticare.model.artifact import ModelArtifact


def score_to_stream(
    inputs: Sequence[str],
    sink: IO[bytes],
    settings: ScoreSettings | None = None,
    *,
    model: Path | str | ModelArtifact | None = None,
    input_format: str | None = None,
    output_format: str | None = None,
    on_progress: OnProgress | None = None,
    on_note: OnNote | None = None,
) -> Summary:
    """Score files to an open stream, some thousand rows at a time; see `score_files`.

    Args:
        inputs: Files, folders, patterns, URLs, or "-" alone for standard input.
        sink: Takes the bytes.
        settings: How to score; shards do not matter here.
        model: A model's folder, or one in memory; None for the one in the package.
        input_format: A format's name, where the endings of the inputs do not tell.
        output_format: A format's name; by default that of the first input.
        on_progress: Called after every part.
        on_note: Called with what was found out about the inputs.

    Raises:
        BrokenPipeError: If nobody reads the stream any more.
        DataError: If an input cannot be read, or with `strict` has a row that cannot be scored.
        UsageError: If an argument makes no sense.
    """
    start = time.monotonic()
    settings = settings or ScoreSettings()
    artifact = as_artifact(model)
    settings.check_read_by(artifact.config)
    classifier = load(artifact, device=settings.device)
    files = find_inputs(inputs, parse_format(input_format) if input_format else None)
    table_format = check_pipe_format(
        parse_format(output_format) if output_format else files[0].format
    )
    settings.check_fits(table_format)
    check_installed(table_format)
    added = added_schema(settings, classifier.labels)
    sources = Sources(files, settings, added.names, table_format, on_note)
    counts: Counter[str] = Counter()
    progress = Progress(n_bytes=sum(file.size for file in files))
    with open_writer(
        sink,
        sources.output,
        (sources.schema, added),
        keeps_lines=sources.keeps_lines,
        safe=settings.safe_for_spreadsheets,
    ) as writer:
        n_bytes_before = 0
        for number, file in enumerate(files):
            for rows in sources.rows(number):
                if settings.strict:
                    stop_at_fault(file, rows, settings)
                scored = score_rows(classifier, rows, settings)
                writer.write(scored)
                sink.flush()
                counts.update(scored.label_counts)
                progress = replace(
                    progress,
                    rows=progress.rows + len(rows),
                    rows_this_run=progress.rows + len(rows),
                    failures=progress.failures + scored.failures,
                    bytes_read=n_bytes_before + rows.bytes_read,
                )
                if on_progress:
                    on_progress(progress)
            n_bytes_before += file.size
    return Summary(
        rows=progress.rows,
        failures=progress.failures,
        label_counts={label: counts[label] for label in classifier.labels},
        rows_this_run=progress.rows,
        seconds=time.monotonic() - start,
    )
