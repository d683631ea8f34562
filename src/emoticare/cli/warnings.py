"""What a user should know about a data set, on stderr."""

import typer

from emoticare.data.dataset import Dataset
from emoticare.data.goemotions import check_official_counts, repeated_across_splits


def warn_about(dataset: Dataset) -> None:
    """Prints odd counts and texts that stand in several splits."""
    for line in (*check_official_counts(dataset), *dataset.dropped):
        typer.echo(f"warning: {line}", err=True)
    repeated = {pair: n for pair, n in repeated_across_splits(dataset).items() if n}
    if repeated:
        counts = ", ".join(f"{n} in {a} and {b}" for (a, b), n in repeated.items())
        typer.echo(
            f"warning: some texts stand in more than one split ({counts}). The rows are kept; "
            "evaluation also reports the figures without them.",
            err=True,
        )
