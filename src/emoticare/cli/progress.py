"""The bar that shows how far scoring has come, on stderr and on a terminal only."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from emoticare.data.dataset import Split


@contextmanager
def scoring_progress(split: Split, n_models: int) -> Iterator[Callable[[int], None]]:
    """Shows a bar for scoring a split with so many models.

    Yields:
        What to call with the number of texts read since the last call.
    """
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(f"Scoring {split.name}", total=n_models * len(split))
        yield lambda n_texts: progress.advance(task, n_texts)
