"""The bar that shows how far scoring has come, on stderr and on a terminal only."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from emoticare.data.dataset import Split


@contextmanager
def text_progress(task: str, n_texts: int) -> Iterator[Callable[[int], None]]:
    """Shows a bar for work on so many texts.

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
    """Shows a bar for scoring a split with so many models; see `text_progress`."""
    with text_progress(f"Scoring {split.name}", n_models * len(split)) as on_progress:
        yield on_progress
