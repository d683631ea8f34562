"""`emoticare push`: a model to the Hugging Face hub."""

from typing import Annotated

import typer

from emoticare.cli.export import EvaluationOption
from emoticare.cli.options import ModelOption


def push(
    repo: Annotated[
        str, typer.Argument(metavar="REPO", help="Name of the repository: user/emoticare.")
    ],
    model: ModelOption = None,
    evaluation: EvaluationOption = None,
    private: Annotated[
        bool, typer.Option("--private", help="If the repository is new, make it private.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Upload; without it the files are only listed.")
    ] = False,
) -> None:
    """Upload what `export hf` writes to the Hugging Face hub.

    The token is the one of `hf auth login`, or HF_TOKEN.

    [bold]Example[/bold]

      emoticare push user/emoticare --yes
    """
    from emoticare.export.evaluation_file import find_evaluation
    from emoticare.export.hub import check_repo_id, upload
    from emoticare.export.huggingface import hf_files
    from emoticare.model.artifact import EMBEDDED_MODEL, load_artifact

    check_repo_id(repo)
    artifact = load_artifact(model or EMBEDDED_MODEL)
    figures = find_evaluation(artifact, evaluation)
    contents = hf_files(artifact, figures, model_id=repo)
    for name, content in contents.items():
        typer.echo(f"{len(content):>12,} bytes  {name}")
    if figures is None:
        typer.echo("emoticare: the card has no figures; see --evaluation.", err=True)
    if not yes:
        typer.echo(f"emoticare: nothing was uploaded to {repo}; --yes does it.", err=True)
        return
    typer.echo(upload(contents, repo, private=private))
