"""What shows how far scoring has come, on stderr; bars on a terminal only."""

import datetime
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

import typer

from emoticare.data.dataset import Split
from emoticare.errors import number_of

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import ProgressColumn

    from emoticare.bulk.job import OnProgress
    from emoticare.bulk.job import Progress as ScoreProgress
    from emoticare.training.progress import OnTraining, TrainingProgress

_LINES_EVERY_S: Final = 30.0
_EVALUATIONS_EVERY_S: Final = 5.0


@contextmanager
def text_progress(task: str, n_texts: int) -> Iterator[Callable[[int], None]]:
    """Show a bar for work on so many texts.

    Yields:
        What to call with the number of texts done since the last call.
    """
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    if not console.is_interactive:
        # Rich would leave an empty line there.
        yield lambda _: None
        return
    with Progress(console=console, transient=True) as progress:
        row = progress.add_task(task, total=n_texts)
        yield lambda n_done: progress.advance(row, n_done)


@contextmanager
def scoring_progress(split: Split, n_models: int) -> Iterator[Callable[[int], None]]:
    """Show a bar for scoring a split with so many models; see `text_progress`."""
    with text_progress(f"Scoring {split.name}", n_models * len(split)) as on_progress:
        yield on_progress


@contextmanager
def stage_progress() -> Iterator[Callable[[str], None]]:
    """Show what a long command is doing: one line that changes on a terminal, else one each.

    Yields:
        What to call with the name of each stage.
    """
    from rich.console import Console

    console = Console(stderr=True, markup=False, highlight=False)
    if not console.is_interactive:
        yield lambda stage: typer.echo(f"{stage} …", err=True)
        return
    with console.status("") as status:
        yield lambda stage: status.update(f"{stage} …")


@contextmanager
def row_progress(*, quiet: bool) -> Iterator["OnProgress | None"]:
    """Show how far scoring files has come: a bar on a terminal, else a line now and then.

    Args:
        quiet: Whether to show nothing.

    Yields:
        What to call after each step; None where nothing is shown.
    """
    from rich.console import Console

    console = Console(stderr=True)
    if quiet:
        yield None
    elif console.is_interactive:
        with _row_bar(console) as on_progress:
            yield on_progress
    else:
        yield _LineProgress()


@contextmanager
def _bar(
    console: "Console", task: str, *columns: "ProgressColumn"
) -> Iterator[Callable[..., None]]:
    """Show a bar of unknown length until it is updated; yield what updates it."""
    from rich.progress import Progress

    with Progress(*columns, console=console, transient=True) as bar:
        yield partial(bar.update, bar.add_task(task, total=None))


@contextmanager
def _row_bar(console: "Console") -> Iterator["OnProgress"]:
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    start = time.monotonic()
    with _bar(console, "reading", *columns) as update:

        def show(progress: "ScoreProgress") -> None:
            update(
                completed=progress.bytes_read + progress.bytes_in_work,
                total=progress.n_bytes or None,
                description=_description(progress, time.monotonic() - start),
            )

        yield show


class _LineProgress:
    """Says at most every half minute how far scoring has come."""

    def __init__(self) -> None:
        self._start = self._last = time.monotonic()

    def __call__(self, progress: "ScoreProgress") -> None:
        now = time.monotonic()
        if now - self._last >= _LINES_EVERY_S:
            self._last = now
            typer.echo(_description(progress, now - self._start), err=True)


def _description(progress: "ScoreProgress", seconds: float) -> str:
    parts = [number_of(progress.rows + progress.rows_in_work, "row")]
    rows_this_run = progress.rows_this_run + progress.rows_in_work
    if rows_this_run:
        parts.append(f"{rows_this_run / seconds:,.0f} texts/s")
        bytes_read = progress.bytes_read + progress.bytes_in_work
        new_bytes = bytes_read - progress.bytes_before
        if progress.n_bytes and new_bytes > 0:
            left_s = max(0, progress.n_bytes - bytes_read) * seconds / new_bytes
            parts.append(f"{datetime.timedelta(seconds=round(left_s))} left")
    if progress.failures:
        parts.append(f"{progress.failures:,} not scored")
    return ", ".join(parts)


@contextmanager
def training_progress() -> Iterator["OnTraining"]:
    """Show how far training has come: a bar on a terminal, else a line after each evaluation.

    Yields:
        What to call after each step.
    """
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_interactive:
        yield _TrainingLines()
        return
    columns = (BarColumn(12), TextColumn("{task.description}"), TimeRemainingColumn())
    with _bar(console, "preparing", *columns) as update:

        def show(progress: "TrainingProgress") -> None:
            update(
                completed=progress.step,
                total=progress.n_steps,
                description=", ".join(_training_parts(progress)),
            )

        yield show


class _TrainingLines:
    """Says how far training has come after each evaluation, at most every few seconds."""

    def __init__(self) -> None:
        self._last = -math.inf
        self._told: TrainingProgress | None = None

    def __call__(self, progress: "TrainingProgress") -> None:
        is_last = progress.step == progress.n_steps
        now = time.monotonic()
        if progress == self._told or not progress.is_evaluated:
            return
        if is_last or now - self._last >= _EVALUATIONS_EVERY_S:
            self._last, self._told = now, progress
            step = f"step {progress.step:,} of {progress.n_steps:,}"
            typer.echo(", ".join([step, *_training_parts(progress)]), err=True)


def _training_parts(progress: "TrainingProgress") -> list[str]:
    parts = [f"epoch {progress.epoch:.1f} of {progress.n_epochs}"]
    if progress.loss is not None:
        parts.append(f"loss {progress.loss:.4f}")
    if progress.precision is not None:
        parts.append(f"average precision on dev {progress.precision:.4f}")
    return parts
