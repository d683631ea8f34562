"""`emoticare info`: what the model is."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from emoticare.cli.options import DomainOption, ModelOption, OverlayOption
from emoticare.cli.printing import printable

if TYPE_CHECKING:
    from emoticare.model.artifact import ModelArtifact


def info(
    model: ModelOption = None,
    domain: DomainOption = None,
    overlay: OverlayOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print a model's labels, thresholds, sizes and provenance."""
    from emoticare.model.artifact import load_artifact

    artifact = load_artifact(model, overlay, domain)
    sizes = {name: len(content) for name, content in artifact.contents.items()}
    if as_json:
        content = {
            "model": artifact.digest,
            **artifact.config.to_json(),
            "reads_context": artifact.config.reads_context,
            "bytes": {**sizes, "total": artifact.n_bytes},
            "read_as": artifact.read_as,
        }
        typer.echo(json.dumps(content, indent=2, ensure_ascii=False))
        return
    _print(artifact, sizes)


def _print(artifact: "ModelArtifact", sizes: dict[str, int]) -> None:
    from rich.columns import Columns
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    config = artifact.config
    console.print(f"model       {artifact.digest}")
    console.print(f"labels      {len(config.labels)}, at most {config.max_length} tokens a text")
    console.print(f"reads       {_read(artifact)}")
    parts = ", ".join(f"{name} {size / 1e6:.1f} MB" for name, size in sizes.items())
    console.print(f"size        {artifact.n_bytes / 1e6:.1f} MB ({parts})")
    if artifact.read_as:
        console.print(f"read as     {artifact.read_as}")
    for name, value in _summary(artifact):
        console.print(f"{name:<11} {value}")
    console.print(f"fitted      {_fitted(artifact)}")
    console.print(f"threshold   {config.thresholds.shared:.3f} shared; by label:")
    cells = [f"{label} {value:.3f}" for label, value in config.thresholds.per_label.items()]
    console.print(Columns(cells, align="right", padding=(0, 3)))


def _read(artifact: "ModelArtifact") -> str:
    if artifact.config.reads_context:
        return "texts alone, and replies with what was said before them"
    return "each text alone, without what was said before it"


def _fitted(artifact: "ModelArtifact") -> str:
    """Return which constants the model brings, and what stands in for those that it lacks."""
    fitted = artifact.config.fitted
    parts = (
        "documents" if fitted.documents else "documents as their strongest sentence",
        "groups" if fitted.exclusivity else "groups as if emotions were independent",
        "default policy" if fitted.policy else "default policy at 0.5 and 0.8",
    )
    return ", ".join(parts)


def _summary(artifact: "ModelArtifact") -> list[tuple[str, str]]:
    """Return the lines of the provenance, in which another maker may have put anything."""
    provenance = artifact.config.provenance
    preset, data, figures = map(artifact.config.provenance_part, ("preset", "data", "validation"))
    on_dev = [f"{k} {v:.4f}" for k, v in figures.items() if isinstance(v, int | float)]
    lines = {
        "preset": f"{preset.get('name')}, seed {provenance.get('seed')}" if preset else None,
        "base": preset.get("base"),
        "data": f"{data.get('source')} ({str(data.get('checksum'))[:16]})" if data else None,
        "commit": provenance.get("commit"),
        "on dev": ", ".join(on_dev),
    }
    return [(name, printable(str(value))) for name, value in lines.items() if value]
