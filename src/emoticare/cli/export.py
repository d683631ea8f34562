"""`emoticare export`: a model as files for other libraries."""

from pathlib import Path
from typing import Annotated

import typer

from emoticare.cli.options import ModelOption

FolderArgument = Annotated[
    Path, typer.Argument(metavar="DIR", help="New or empty, or an earlier export to replace.")
]
EvaluationOption = Annotated[
    Path | None,
    typer.Option(
        "--evaluation",
        metavar="FILE",
        help="What `evaluate --json` wrote, for the card; the embedded model brings its own.",
    ),
]

export: typer.Typer = typer.Typer(
    name="export", help="Write a model for other libraries.", no_args_is_help=True
)


@export.command()
def hf(
    folder: FolderArgument, model: ModelOption = None, evaluation: EvaluationOption = None
) -> None:
    """Write a folder for transformers and transformers.js, with a model card.

    [bold]Example[/bold]

      emoticare export hf my-model/
    """
    from emoticare.export.evaluation_file import find_evaluation
    from emoticare.export.huggingface import export_hf
    from emoticare.model.artifact import EMBEDDED_MODEL, load_artifact

    artifact = load_artifact(model or EMBEDDED_MODEL)
    figures = find_evaluation(artifact, evaluation)
    export_hf(artifact, folder, figures)
    typer.echo(folder)
    if figures is None:
        typer.echo("emoticare: the card has no figures; see --evaluation.", err=True)


@export.command()
def onnx(folder: FolderArgument, model: ModelOption = None) -> None:
    """Write a folder for ONNX runtimes: the graph in 8 bits and in float32, and the tokenizer.

    [bold]Example[/bold]

      emoticare export onnx my-model/
    """
    from emoticare.export.onnx import export_onnx
    from emoticare.model.artifact import EMBEDDED_MODEL, load_artifact

    export_onnx(load_artifact(model or EMBEDDED_MODEL), folder)
    typer.echo(folder)
